import errno
import os

import pytest
import tensorflow as tf

from churn.command import run_command
from training.publish.full_disk import full_disk_told

FULL = os.strerror(errno.ENOSPC)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, FULL, "model.tflite"),
        tf.errors.ResourceExhaustedError(None, None, f"variables.data; {FULL}"),
    ],
    ids=["of the system", "of TensorFlow"],
)
def test_a_full_disk_is_one_sentence_and_a_fault(error, tmp_path, capsys):
    def write():
        with full_disk_told(tmp_path / "mine"):
            raise error

    assert run_command(write) == 1
    said = capsys.readouterr().err
    assert said == (
        f"Error: {tmp_path / 'mine'}: the disk is full; nothing was written. "
        "Make room there, or choose another --out.\n"
    )


def test_another_error_stays_what_it_is(tmp_path):
    with pytest.raises(PermissionError), full_disk_told(tmp_path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
