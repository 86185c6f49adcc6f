"""Every relational node, imported, so that the wire format knows them by name."""

from bigframe.plan.aggregate import Aggregate
from bigframe.plan.buckets import Buckets
from bigframe.plan.components import Components
from bigframe.plan.concat import Concat
from bigframe.plan.distinct import Distinct
from bigframe.plan.explode import Explode
from bigframe.plan.filter import Filter
from bigframe.plan.join import Join
from bigframe.plan.map_batches import MapBatches
from bigframe.plan.node import Plan
from bigframe.plan.number import Number
from bigframe.plan.project import Project
from bigframe.plan.scan import Scan
from bigframe.plan.sink import Sink
from bigframe.plan.slice import Slice
from bigframe.plan.sort import Sort
from bigframe.plan.unpivot import Unpivot

__all__ = [
    "Aggregate",
    "Buckets",
    "Components",
    "Concat",
    "Distinct",
    "Explode",
    "Filter",
    "Join",
    "MapBatches",
    "Number",
    "Plan",
    "Project",
    "Scan",
    "Sink",
    "Slice",
    "Sort",
    "Unpivot",
]
