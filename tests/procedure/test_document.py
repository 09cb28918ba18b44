"""docs/procedure.md is what the configuration says, and lacks nothing of the source."""

from tests.procedure.casework import shipped_procedure
from tests.procedure.document import PAGE, TESTS_OF_DUTIES, every_test, named_tests, page


def test_the_page_is_the_configuration_in_words() -> None:
    assert PAGE.read_text("utf-8") == page(shipped_procedure()), "run python -m tests.procedure.document"


def test_nothing_of_the_source_is_missing() -> None:
    procedure = shipped_procedure()
    assert list(procedure.duties) == [str(number) for number in range(1, 68)]
    assert {f"T{number}" for number in range(1, 24)} <= set(procedure.timers)
    kept = {path for duty in procedure.duties.values() for path in duty.kept_by}
    assert {f"timer.T{number}" for number in range(1, 24)} <= kept


def test_every_clock_and_every_duty_has_a_test_that_exists() -> None:
    procedure, tests = shipped_procedure(), every_test()
    for name in procedure.timers:
        assert list(named_tests(f"timer.{name}", tests)), name
    for duty in procedure.duties.values():
        paths = [path for path in duty.kept_by if " " not in path]
        assert any(list(named_tests(path, tests)) for path in paths) or not paths, duty
    assert set(TESTS_OF_DUTIES.values()) <= set(tests)
