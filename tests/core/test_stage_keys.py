import numpy as np
import pytest

from evp.core.stage_keys import STAGE_VERSIONS, stage_key


def test_a_key_tells_stages_inputs_and_versions_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = np.arange(3.0), "hash", None
    keys = [stage_key(stage, *inputs) for stage in STAGE_VERSIONS]
    assert len(set(keys)) == len(STAGE_VERSIONS)
    assert keys == [stage_key(stage, *inputs) for stage in STAGE_VERSIONS]
    assert stage_key("fit", np.arange(4.0), "hash", None) not in keys
    monkeypatch.setitem(STAGE_VERSIONS, "fit", STAGE_VERSIONS["fit"] + 1)
    changed = [
        stage
        for stage, key in zip(STAGE_VERSIONS, keys, strict=True)
        if stage_key(stage, *inputs) != key
    ]
    assert changed == ["fit"]
