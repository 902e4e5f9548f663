"""A real RTSP server, by GStreamer; run by the system's Python, which has Debian's `gi`.

    python3 rtsp_server.py PORT

Serves a moving test picture of 320x240 in JPEG over RTP, 25 frames a second, at /live.
"""

import sys

import gi  # type: ignore[import-not-found]

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # type: ignore[import-not-found] # noqa: E402

Gst.init(None)
server = GstRtspServer.RTSPServer(service=sys.argv[1])
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    "( videotestsrc is-live=true pattern=ball "
    "! video/x-raw,format=I420,width=320,height=240,framerate=25/1 ! jpegenc "
    "! rtpjpegpay name=pay0 pt=26 )"
)
server.get_mount_points().add_factory("/live", factory)
server.attach(None)
GLib.MainLoop().run()
