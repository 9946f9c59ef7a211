update floor_models.checkpoint set position = $1
