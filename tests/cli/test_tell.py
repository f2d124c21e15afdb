from evp.cli.tell import tell
from evp.core.report import Report


def test_flagged_frames_are_told_as_spans_and_notes_as_they_are(capsys):
    report = Report("synthetic", flagged_frames={"lost": [3, 4, 5, 9]}, notes=["Mind the gap."])
    tell(report)
    assert capsys.readouterr().out == "4 frames lost: 3-5, 9\nMind the gap.\n"
