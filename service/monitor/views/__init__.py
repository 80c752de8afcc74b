"""What the monitor knows, over HTTP: pairs, one pair, alerts (docs/monitor-api.md). Read-only."""

from service.monitor.views.members import Peers, member_address, members_of
from service.monitor.views.views import Views

__all__ = ["Peers", "Views", "member_address", "members_of"]
