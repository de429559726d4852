"""NXP i.MX irqsteer, through its history."""

from irqlab.drivers.irqsteer import mainline_2020, unlinked_2020, v5_19, v6_11, vendor_2020

DRIVERS = (mainline_2020.driver, vendor_2020.driver, unlinked_2020.driver, v5_19.driver, v6_11.driver)
