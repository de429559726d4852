def version() -> str:
    """The installed version."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("irqlab")
    except PackageNotFoundError:
        return "unknown (not installed)"
