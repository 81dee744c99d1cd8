// A hub imports RunDigest and has the events that it appends and the digests that it reads.
@_exported public import Digests
@_exported public import Engine
@_exported public import EventLog
@_exported public import Events
@_exported public import Folding
