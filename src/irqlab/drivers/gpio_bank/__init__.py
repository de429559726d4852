"""A GPIO bank, as its driver tells the core about power and restores its masks, rightly and wrongly."""

from irqlab.drivers.gpio_bank import bus_lock, cached_masks, merged_masks, pm_device, saved_masks, unlinked

DRIVERS = (
    unlinked.driver,
    pm_device.driver,
    bus_lock.driver,
    saved_masks.driver,
    merged_masks.driver,
    cached_masks.driver,
)
