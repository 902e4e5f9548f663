"""Where frames come from: files, cameras, streams, images and the demo."""
