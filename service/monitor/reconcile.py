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
    the identity that it has (nobody is paged again because it should have begun a day earlier) until its level ends.

    Args:
        history: all alerts of the pair that the judgement says, oldest first; those before the checkpoint are gone.
        open_now: the alerts that should be firing now, by level.
        last: the newest alert on the topic.
        published_open: the alerts on the topic that are still firing, by level.
        horizon: the moment of the judgement, in milliseconds since 1970.
    """
    if last is None:
        return list(history)
    known = [i for i, alert in enumerate(history) if (alert.alert_id, alert.state) == (last.alert_id, last.state)]
    if known:
        return list(history[known[-1] + 1 :])
    ended = [_resolved(alert, history, horizon) for level, alert in published_open.items() if level not in open_now]
    highest = max((LEVELS.index(alert.level) for alert in published_open.values() if alert.level in LEVELS), default=-1)
    begun = [alert for level, alert in open_now.items() if LEVELS.index(level) > highest]  # a level implies those below
    return [*ended, *begun]


def _resolved(alert: EscalationAlert, history: Sequence[EscalationAlert], horizon: int) -> EscalationAlert:
    """The end of a published alert: with the figures of the resolution that the history has for its level, if any."""
    ends = [each for each in history if each.state == "resolved" and each.level == alert.level]
    if not ends:
        return alert.model_copy(update={"state": "resolved", "updated_at": rfc3339(horizon)})
    identity = {"alert_id": alert.alert_id, "window": alert.window, "started_at": alert.started_at}
    return ends[-1].model_copy(update=identity)
