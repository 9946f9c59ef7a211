//! P4: loading and folding a stream.
