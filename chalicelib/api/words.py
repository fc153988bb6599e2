"""Which words a field allows, where it allows only some."""

from collections.abc import Iterator

from msgspec import inspect


def allowed(type: object, path: str) -> list[str]:
    """The words allowed in a value of this type at a path of names and places (`affects.api`); none: any."""
    found = [inspect.type_info(type)]
    for part in filter(None, path.split(".")):
        found = [inner for held in found for inner in _inside(held, part)]
    return list(dict.fromkeys(word for held in found for word in _words(held)))


def _inside(held: inspect.Type, part: str) -> Iterator[inspect.Type]:
    """What stands at a name or place in a value of this type."""
    for one in _each(held):
        if isinstance(one, inspect.StructType):
            yield from (field.type for field in one.fields if field.encode_name == part)
        if isinstance(one, inspect.DictType):
            yield one.value_type
        if isinstance(one, inspect.ListType):
            yield one.item_type


def _words(held: inspect.Type) -> Iterator[str]:
    for one in _each(held):
        if isinstance(one, inspect.EnumType):
            yield from (str(member.value) for member in one.cls)
        if isinstance(one, inspect.LiteralType):
            yield from map(str, one.values)


def _each(held: inspect.Type) -> Iterator[inspect.Type]:
    """A type without what was noted beside it, or each of those that a union joins."""
    if isinstance(held, inspect.Metadata):
        yield from _each(held.type)
    elif isinstance(held, inspect.UnionType):
        for one in held.types:
            yield from _each(one)
    else:
        yield held
