"""Every setting of the engine, with its unit, as frozen values that check themselves."""
