import pytest

from churn.errors import BadInput
from deploy.supply.pins import Pin, read_pins


def test_names_are_normalized_and_a_version_in_several_locks_is_one_pin(lock):
    locks = [lock("Jinja2==2.11.2", "typing_extensions==4.16.0", name="a.txt"), lock("jinja2==2.11.2", name="b.txt")]
    assert read_pins(locks) == [
        Pin("jinja2", "2.11.2", ("a.txt", "b.txt")),
        Pin("typing-extensions", "4.16.0", ("a.txt",)),
    ]


def test_markers_and_extras_do_not_hide_a_pin(lock):
    pins = read_pins([lock("colorama==0.4.6 ; sys_platform == 'no-such-system'", "pydantic[email]==2.12.0")])
    assert [(pin.name, pin.version) for pin in pins] == [("colorama", "0.4.6"), ("pydantic", "2.12.0")]


def test_two_versions_of_a_package_are_two_pins(lock):
    assert [pin.version for pin in read_pins([lock("a==1", name="a.txt"), lock("a==2", name="b.txt")])] == ["1", "2"]


@pytest.mark.parametrize("line", ["numpy>=2", "numpy", "numpy==2.*", "numpy==2,!=3", "-r other.txt", "./numpy.whl"])
def test_what_is_no_pin_is_refused_with_what_would_be(lock, line):
    with pytest.raises(BadInput, match=r"where one version was expected, such as numpy==2\.4\.6"):
        read_pins([lock(line)])


def test_a_lock_that_pins_nothing_or_is_not_there_is_refused(tmp_path):
    (tmp_path / "empty.txt").write_text("# nothing\n")
    with pytest.raises(BadInput, match="pins nothing"):
        read_pins([tmp_path / "empty.txt"])
    with pytest.raises(BadInput, match="cannot be read as a lock"):
        read_pins([tmp_path / "missing.txt"])
