"""The parametric head and MediaPipe's landmark topology."""
