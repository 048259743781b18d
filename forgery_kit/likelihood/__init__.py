"""From scores to bounded, calibrated likelihood ratios, and the people that they rest on."""
