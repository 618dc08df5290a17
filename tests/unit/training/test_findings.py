"""Findings of one kind stand in one line with their count."""

from training.findings import Finding, told_together


def about(names, sentence="It is empty.", **options):
    return [Finding("info", name, sentence, **options) for name in names]


def test_a_few_are_told_one_by_one():
    findings = [*about("abc"), Finding("warning", "d", "It is empty.")]
    assert told_together(findings) == findings


def test_many_of_one_sentence_are_one_line():
    other = Finding("warning", None, "Rows are few.")
    (told, kept) = told_together([*about(["a", "b", "c"]), other, *about(["d"])])
    assert (told.level, told.column) == ("info", "a")
    assert told.sentence == "It is empty. The same holds for 3 more columns: b, c, d."
    assert kept == other


def test_many_of_one_kind_are_one_line_with_the_first_of_them():
    findings = [f for n in range(20) for f in about([f"c{n}"], f"{n}% are missing.", kind="missing")]
    (told,) = told_together(findings)
    assert told.sentence == ("0% are missing. Much the same holds for 19 more columns: c1, c2, c3, c4, c5, c6, c7, …")


def test_what_is_about_no_column_is_never_joined():
    findings = [Finding("info", None, "Equal.")] * 6
    assert told_together(findings) == findings
