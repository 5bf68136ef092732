# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Quickstart
#
# Map the demo study and compare the map with a manual inventory.
#
# Run `make repro` first: it simulates the demo's images (**simulated**, no satellite took them) and
# trains the networks. Then start Jupyter in the folder `notebooks`.

# %%
from pathlib import Path

import matplotlib.pyplot as plt

import slidelens as sl

repository = Path("..")
study = repository / "demo/study"

# %% [markdown]
# ## Map a scene
#
# `pretrained.weights.h5` was trained on 55 landslides outside the investigation area, so that
# everything below is ground that this network has never seen.

# %%
network = sl.load_weights(repository / "models/pretrained.weights.h5")
network

# %%
scene = sl.open_scene(study / "scenes/2016.tif")
scene

# %%
prediction = sl.map_scene(scene, network)
prediction

# %% [markdown]
# A map has the calibrated probability of every pixel and the landslides as polygons.

# %%
left, bottom, right, top = prediction.grid.bounds
extent = (left / 1000, right / 1000, bottom / 1000, top / 1000)
figure, axes = plt.subplots(figsize=(7, 5.5), dpi=72, layout="constrained")
image = axes.imshow(prediction.probability, extent=extent, cmap="magma_r", vmin=0, vmax=1)
axes.set(title="Demo study (simulated), 2016", xlabel="Easting (km)", ylabel="Northing (km)")
figure.colorbar(image, label="Probability of landslide", shrink=0.8)
plt.show()
# %%
prediction.landslides.head()

# %% [markdown]
# `prediction.save("my-map")` writes both as `probability.tif` and `inventory.gpkg`.
#
# ## Compare it with a manual inventory

# %%
observed = sl.read_inventory(study / "inventories/2016.gpkg")
sl.compare(observed, prediction.landslides, area=study / "aoi.gpkg")

# %% [markdown]
# ## Analyse inventories
#
# Kernel density, size–frequency distribution and the histories of landslides need polygons only,
# yours or anybody's.

# %%
density = sl.kernel_density(observed, area=study / "aoi.gpkg", radius_m=500)
density

# %%
left, bottom, right, top = density.grid.bounds
extent = (left / 1000, right / 1000, bottom / 1000, top / 1000)
figure, axes = plt.subplots(figsize=(7, 5.5), dpi=72, layout="constrained")
image = axes.imshow(density.array, extent=extent, cmap="viridis")
axes.set(title="Manual inventory (simulated), 2016", xlabel="Easting (km)", ylabel="Northing (km)")
figure.colorbar(image, label="Landslides per km²", shrink=0.8)
plt.show()
# %%
sl.fit_sizes(observed, bootstrap=50)

# %%
histories = sl.trace_landslides(
    {"2015": study / "inventories/2015.gpkg", "2016": observed}, area=study / "aoi.gpkg"
)
histories
