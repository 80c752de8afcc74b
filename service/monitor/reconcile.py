"""Which alerts are to be published, given those that are.

The judgement says which alerts there should have been by now; the alert topic says which there are. Publishing the
difference, instead of publishing what happens when it happens, makes a replay silent and repeats nothing after a crash.
"""

from collections.abc import Mapping, Sequence

from service.messages.alert import EscalationAlert
from service.monitor.rules import LEVELS, AlertLevel
from service.monitor.times import rfc3339


def to_publish(
    history: Sequence[EscalationAlert],
    open_now: Mapping[AlertLevel, EscalationAlert],
    last: EscalationAlert | None,
    published_open: Mapping[str, EscalationAlert],
    horizon: int,
) -> list[EscalationAlert]:
    """The alerts that are missing on the topic, in order.

    As long as articles come in order of publication the history only grows, and what follows the last published alert is
    missing. An article that came later than the judgement may rewrite the history. Then an alert that is out stays out under
    the identity that it has (nobody is paged again because it should have begun a day earlier) until its level ends, and what began and
    ended in the past without anybody being told stays untold. In the end the alerts that are out are those that should be.

    Args:
        history: all alerts of the pair that the judgement says, oldest first; those before the checkpoint are gone.
        open_now: the alerts that should be firing now, by level.
        last: the newest alert on the topic.
        published_open: the alerts on the topic that are still firing, by level.
        horizon: the moment of the judgement, in milliseconds since 1970.
    """
    out = dict(published_open)
    missing: list[EscalationAlert] = []
    for alert in _after(history, last):
        if alert.state == "firing":
            if _rank(alert.level) > _highest(out):
                missing.append(alert)
                out[alert.level] = alert
        elif _rank(alert.level) <= _highest(
            out
        ):  # the end of what is not out, because its begin came late, says nothing
            missing.append(_identified(alert, out.get(alert.level)))
            out = {level: each for level, each in out.items() if _rank(level) > _rank(alert.level)}
    missing += [_resolved(alert, history, horizon) for level, alert in out.items() if level not in open_now]
    highest = max((_rank(level) for level in out if level in open_now), default=-1)
    missing += [alert for level, alert in open_now.items() if _rank(level) > highest]
    return missing


def _after(history: Sequence[EscalationAlert], last: EscalationAlert | None) -> Sequence[EscalationAlert]:
    """What the history says after the last published alert; nothing when it does not know that one (any more)."""
    if last is None:
        return history
    known = [i for i, alert in enumerate(history) if (alert.alert_id, alert.state) == (last.alert_id, last.state)]
    return history[known[-1] + 1 :] if known else ()


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else -1


def _highest(out: Mapping[str, EscalationAlert]) -> int:
    """The rank of the highest level that is out: it implies those below, whose messages compaction may have removed."""
    return max(map(_rank, out), default=-1)


def _identified(alert: EscalationAlert, published: EscalationAlert | None) -> EscalationAlert:
    """The alert under the identity that its level has on the topic."""
    if published is None:
        return alert
    identity = {"alert_id": published.alert_id, "window": published.window, "started_at": published.started_at}
    return alert.model_copy(update=identity)


def _resolved(alert: EscalationAlert, history: Sequence[EscalationAlert], horizon: int) -> EscalationAlert:
    """The end of a published alert: with the figures of the resolution that the history has for its level, if any."""
    ends = [each for each in history if each.state == "resolved" and each.level == alert.level]
    if not ends:
        return alert.model_copy(update={"state": "resolved", "updated_at": rfc3339(horizon)})
    return _identified(ends[-1], alert)
