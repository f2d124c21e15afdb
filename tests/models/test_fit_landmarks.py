import torch

from evp.models.speech.fit_landmarks import unlikeness


def test_the_gaps_size_and_place_do_not_count_its_course_does() -> None:
    torch.manual_seed(0)
    wanted = torch.randn(4, 16, 3).cumsum(1)
    seen = torch.ones(4, 16, dtype=torch.bool)
    assert unlikeness(0.5 * wanted + 2.0, wanted, seen, 0.01) < 0.02
    assert unlikeness(-wanted, wanted, seen, 0.01) > 1.98


def test_a_mouth_that_hardly_moves_and_a_face_that_was_lost_say_nothing() -> None:
    torch.manual_seed(1)
    made, wanted = torch.randn(2, 1, 16, 3).cumsum(2)
    seen = torch.ones(1, 16, dtype=torch.bool)
    still = 1e-4 * wanted
    assert abs(float(unlikeness(made, still, seen, 1.0)) - 1.0) < 0.01
    seen[0, 5] = False
    assert float(unlikeness(made, wanted, seen, 1.0)) == 0.0
