"""Simulated satellite images: sun, spectra and sensor."""
