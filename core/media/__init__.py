"""Reading and writing video, images and sound."""
