// A hub imports RunDigest and has the events that it appends and the digests that it reads.
@_exported public import Events
@_exported public import Folding
