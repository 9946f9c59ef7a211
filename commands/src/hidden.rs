//! Types that carry what must not be shown: names, addresses, passwords, credentials.

/// Lets a type say its name and nothing else where it is debugged.
macro_rules! hidden {
    ($($name:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(hidden)"))
            }
        }
    )+};
}

pub(crate) use hidden;
