"""A GPIO expander behind a sleeping bus, rightly and wrongly driven."""

from irqlab.drivers.expander import late_request, unlocked_suspend, v6_12, writes_in_mask

DRIVERS = (v6_12.driver, unlocked_suspend.driver, late_request.driver, writes_in_mask.driver)
