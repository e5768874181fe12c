"""athena-sense: reps, slow lowerings and landings from body-worn sensors, judged against a strength program.

```python
import athena_sense

result = athena_sense.replay("recordings/calf-good.arrows")
print(result.to_pandas())
```
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from athena_sense.datatypes import SampleBatch, StreamInfo
    from athena_sense.errors import AthenaError
    from athena_sense.replaying import replay
    from athena_sense.result import Result
    from athena_sense.session import Session

__version__ = "0.1.0"
__all__ = ["AthenaError", "Result", "SampleBatch", "Session", "StreamInfo", "__version__", "replay"]

_HOMES = {
    "AthenaError": "errors",
    "Result": "result",
    "SampleBatch": "datatypes",
    "Session": "session",
    "StreamInfo": "datatypes",
    "replay": "replaying",
}


def __getattr__(name: str) -> Any:
    """Public names are fetched when first used, so that the command line starts fast."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
