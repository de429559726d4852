"""A Record keeps exactly what its class declares."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from irqlab.errors import ModelError
from irqlab.state import Record, Static, World, is_value


class Table(Static):
    """A static with a name."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


class Sample(Record):
    """One field of every sort."""

    flag: bool = False
    number: int = 0
    text: str = ""
    maybe: int | None = None
    numbers: tuple[int, ...] = ()
    pair: tuple[str, bool] = ("", False)
    other: Sample | None = None
    table: Table | None = None
    function: Callable[[], None] | None = None


class Base(Record):
    """Declares two fields."""

    first: int = 1
    second: int = 2


class Derived(Base):
    """Redeclares one field and adds one."""

    first: str = "one"  # type: ignore[assignment]
    third: int


class Mixed(Derived, Sample):
    """Has the fields of both its bases."""


def plain() -> None:
    """A function without a closure is a value."""


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def sample(world: World) -> Sample:
    return world.new(Sample, 0)


def test_fields_start_with_their_defaults(sample: Sample) -> None:
    values = (sample.flag, sample.number, sample.text, sample.maybe, sample.numbers, sample.pair, sample.other)
    assert values == (False, 0, "", None, (), ("", False), None)


def test_given_values_replace_defaults(world: World) -> None:
    record = world.new(Sample, 0, number=7, maybe=3)
    assert (record.number, record.maybe, record.text) == (7, 3, "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("flag", True),
        ("number", -1),
        ("text", "masked"),
        ("maybe", 4),
        ("maybe", None),
        ("numbers", (1, 2, 3)),
        ("pair", ("a", True)),
        ("table", Table("chip")),
        ("function", plain),
    ],
)
def test_a_field_keeps_what_its_type_allows(sample: Sample, field: str, value: object) -> None:
    setattr(sample, field, value)
    assert getattr(sample, field) is value


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("flag", 1),
        ("flag", None),
        ("number", True),
        ("number", 1.0),
        ("text", b"masked"),
        ("maybe", False),
        ("numbers", [1]),
        ("numbers", (1, True)),
        ("numbers", (1, "2")),
        ("pair", ("a",)),
        ("pair", ("a", 1)),
        ("pair", ("a", True, True)),
        ("other", "another"),
        ("table", plain),
        ("function", 0),
    ],
)
def test_a_field_refuses_what_its_type_forbids(sample: Sample, field: str, value: object) -> None:
    before = getattr(sample, field)
    with pytest.raises(ModelError, match=f"Sample.{field} is declared .* and was given"):
        setattr(sample, field, value)
    assert getattr(sample, field) is before


def test_a_field_refuses_a_wrong_value_at_creation(world: World) -> None:
    with pytest.raises(ModelError, match=r"Sample.number is declared int and was given True \(bool\)"):
        world.new(Sample, 0, number=True)


def test_a_function_with_a_closure_is_no_value(sample: Sample) -> None:
    kept = 1
    with pytest.raises(ModelError, match="Sample.function is declared"):
        sample.function = lambda: print(kept)  # noqa: T201


def test_a_record_field_takes_only_its_own_kind(world: World, sample: Sample) -> None:
    sample.other = world.new(Sample, 1)
    assert sample.other is world.at(Sample, 1)
    with pytest.raises(ModelError, match="Sample.other is declared"):
        sample.other = world.new(Base, 0)  # type: ignore[assignment]


def test_an_undeclared_field_is_refused_at_creation(world: World) -> None:
    with pytest.raises(ModelError, match="Sample has no field colour"):
        world.new(Sample, 0, colour="red")


def test_an_undeclared_attribute_is_refused(sample: Sample) -> None:
    with pytest.raises(AttributeError):
        sample.colour = "red"  # type: ignore[attr-defined]


def test_a_field_without_default_needs_a_value(world: World) -> None:
    with pytest.raises(ModelError, match="Derived needs a value for third"):
        world.new(Derived, 0)


def test_a_derived_kind_has_its_bases_fields_and_redeclares_them_last() -> None:
    assert [field.name for field in Base.fields] == ["first", "second"]
    assert [field.name for field in Derived.fields] == ["second", "first", "third"]


def test_a_redeclared_field_has_the_new_type(world: World) -> None:
    record = world.new(Derived, 0, third=3)
    assert (record.first, record.second, record.third) == ("one", 2, 3)
    with pytest.raises(ModelError, match="Derived.first is declared str"):
        record.first = 1  # type: ignore[assignment]


def test_the_base_is_untouched_by_a_redeclaration(world: World) -> None:
    record = world.new(Base, 0)
    record.first = 5
    assert record.first == 5


def test_fields_of_several_bases_merge(world: World) -> None:
    assert [field.name for field in Mixed.fields[:5]] == ["second", "first", "third", "flag", "number"]
    record = world.new(Mixed, 0, third=9)
    record.numbers = (4,)
    assert (record.third, record.first, record.numbers) == (9, "one", (4,))


def test_a_bare_value_may_not_hide_an_inherited_field() -> None:
    with pytest.raises(ModelError, match="Hiding.first hides an inherited field"):

        class Hiding(Base):
            first = 3


def test_a_type_that_could_change_cannot_be_declared(world: World) -> None:
    class Changeable(Record):
        items: list[int] = []  # noqa: RUF012

    with pytest.raises(ModelError, match="a Record field cannot be declared list"):
        world.new(Changeable)


def test_two_tuple_types_in_one_field_cannot_be_declared(world: World) -> None:
    class Torn(Record):
        items: tuple[int, ...] | tuple[str, ...] = ()

    with pytest.raises(ModelError, match="use one tuple type"):
        world.new(Torn)


def test_values_are_immutable_all_the_way_down(sample: Sample) -> None:
    assert all(map(is_value, (True, 0, "", None, (), (1, ("a", None)), sample, Table("chip"), plain, b"")))
    assert not any(map(is_value, (1.0, bytearray(), [], {}, (1, [2]), {1}, object(), lambda: sample)))


def test_a_record_that_does_not_exist_cannot_be_used(world: World) -> None:
    record = world.at(Sample, 0)
    with pytest.raises(ModelError, match=r"Sample\(0\) was used while it does not exist"):
        _ = record.number
    with pytest.raises(ModelError, match=r"Sample\(0\) was used while it does not exist"):
        record.number = 1


def test_a_record_is_named_by_kind_and_key(world: World) -> None:
    assert world.at(Sample, 3, "a").label == "Sample(3, a)"
    assert repr(world.at(Sample)) == "<Sample()>"


def test_machinery_and_counted_are_inherited() -> None:
    class Running(Record, machinery=True, counted=True):
        pass

    class Worker(Running):
        pass

    assert (Worker.machinery, Worker.counted, Base.machinery, Base.counted) == (True, True, False, False)
