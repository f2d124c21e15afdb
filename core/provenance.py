"""What every delivered file says of itself: that a machine changed what a person seems to say."""

from __future__ import annotations

from collections.abc import Mapping

SYNTHETIC_SOURCE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)
"""IPTC's digital source type for a recording altered by a trained algorithm."""

STATEMENT = "Altered by EVP: the speech and expression of the person shown are synthetic."


def provenance(inputs: Mapping[str, str]) -> dict[str, str]:
    """Metadata for movies, PNG text and EXR headers.

    Args:
        inputs: name of an input (``plate``, ``audio``) to its SHA-256.
    """
    entries = {"comment": STATEMENT, "digital_source_type": SYNTHETIC_SOURCE}
    entries.update({f"{name}_sha256": value for name, value in inputs.items()})
    return entries
