"""What a changed plan changes of its titles, in words. They have no rows of their own: the plan is where they stand."""

from collections.abc import Iterator

from bloc.language import Message, say
from bloc.plan import Plan


def title_changes(former: Plan, new: Plan) -> Iterator[Message]:
    """Yield which titles are new, changed or dropped, and that the rules of the vote are others."""
    had = {title.code: title for title in former.titles}
    for title in new.titles:
        before = had.pop(title.code, None)
        if before is None:
            yield say("Title: {name}.", name=title.name)
        elif before != title:
            yield say('The title "{name}" changes.', name=title.name)
    for title in had.values():
        yield say('The title "{name}" is dropped.', name=title.name)
    if former.vote != new.vote:
        yield say("The rules of the vote change.")
