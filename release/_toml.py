"""`tomllib` of Python 3.11, or before that the same reader out of pip: runners of Windows come with Python 3.9."""

try:
    from tomllib import loads
except ImportError:
    from pip._vendor.tomli import loads  # type: ignore[import-not-found,no-redef]

__all__ = ["loads"]
