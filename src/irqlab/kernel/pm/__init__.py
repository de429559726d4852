"""Power management: runtime PM, power domains, system sleep (``drivers/base/power``, ``drivers/pmdomain``)."""
