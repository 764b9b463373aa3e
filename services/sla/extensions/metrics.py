"""Metrics of extensions."""

from typing import Final

from services.sla.extensions.rules.extension import ExtensionState
from shared.platform.observability.declaring import Catalogue, Sampled, gauge

EXTENSIONS: Final = gauge("redress_sla_extensions", "Extensions asked for, by state.", state=tuple(ExtensionState))

COUNTED: Final = Sampled("extensions", EXTENSIONS)
METRICS: Final = Catalogue(samples=(COUNTED,))
