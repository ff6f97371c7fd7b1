//! Settings: each layer declares its own once, with name, type, default and text; the program reads and lists them all.
//!
//! `settings!` declares them. From
//!
//! ```text
//! settings! {
//!     /// The rate limit of a client.
//!     pub struct Settings {
//!         /// Cost that a client may spend at once
//!         capacity as "rate_capacity": u64 = 100_000;
//!     }
//! }
//! ```
//!
//! it makes a struct with a public field `capacity`, its [`Default`], and a [`SettingGroup`] that reads `rate_capacity` from
//! the configuration and lists it for `--help` and for errors. The first line of the comment is the text that `--help`
//! shows. The name is the field's where no other is given. `example "…"` gives the example of a setting whose default is
//! none. `groups` are nested groups; `other` are fields that are no settings.

use std::{fmt, path::PathBuf, time::Duration};

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

/// A setting, as `--help` and errors show it.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The name in the configuration file; in the environment it is uppercase and has the prefix `FIELDGATE_`.
    pub name: &'static str,
    /// A value in TOML: the default, if there is one.
    pub example: String,
    /// The text in one line.
    pub text: &'static str,
    /// Whether its value is a secret.
    pub is_secret: bool,
}

/// Settings of one owner.
pub trait SettingGroup: Default {
    /// The settings in the order of their declaration, with the values of `self` as examples.
    fn list(&self) -> Vec<Setting>;

    /// Replaces the values that the source has.
    fn read<S: SettingSource>(&mut self, source: &mut S) -> Result<(), S::Error>;
}

/// Where the values of settings come from.
pub trait SettingSource {
    /// Why a value cannot be read.
    type Error;

    /// Takes the value of a setting; `None` if the source has none.
    fn take<T: SettingValue>(&mut self, name: &'static str) -> Result<Option<T>, Self::Error>;
}

/// A type of settings.
pub trait SettingValue: Sized {
    /// Whether values are secrets, which no message repeats.
    const IS_SECRET: bool = false;

    /// Reads a value.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// The value in TOML; empty for none.
    fn to_toml(&self) -> String;
}

macro_rules! settings {
    (
        $(#[doc = $doc:literal])+
        $visibility:vis struct $group:ident {
            $($(#[doc = $text:literal])+ $field:ident $(as $name:literal)?: $type:ty = $default:expr $(, example $example:literal)?;)*
        }
        $(groups { $($(#[doc = $nested_doc:literal])+ $nested:ident: $nested_type:ty;)* })?
        $(other { $($(#[doc = $other_doc:literal])+ $other:ident: $other_type:ty = $other_default:expr;)* })?
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug)]
        $visibility struct $group {
            $($(#[doc = $text])+ pub $field: $type,)*
            $($($(#[doc = $nested_doc])+ pub $nested: $nested_type,)*)?
            $($($(#[doc = $other_doc])+ pub $other: $other_type,)*)?
        }

        impl Default for $group {
            fn default() -> Self {
                Self {
                    $($field: $default,)*
                    $($($nested: Default::default(),)*)?
                    $($($other: $other_default,)*)?
                }
            }
        }

        impl $crate::setting::SettingGroup for $group {
            fn list(&self) -> Vec<$crate::setting::Setting> {
                let own = [$($crate::setting::Setting {
                    name: $crate::setting::settings!(@name $field $($name)?),
                    example: $crate::setting::settings!(@example (self.$field) $($example)?),
                    text: [$($text),+][0],
                    is_secret: <$type as $crate::setting::SettingValue>::IS_SECRET,
                }),*];
                own.into_iter()$($(.chain(self.$nested.list()))*)?.collect()
            }

            fn read<S: $crate::setting::SettingSource>(&mut self, source: &mut S) -> Result<(), S::Error> {
                $(
                    if let Some(value) = source.take($crate::setting::settings!(@name $field $($name)?))? {
                        self.$field = value;
                    }
                )*
                $($(self.$nested.read(source)?;)*)?
                Ok(())
            }
        }
    };
    (@name $field:ident) => { stringify!($field) };
    (@name $field:ident $name:literal) => { $name };
    (@example ($value:expr)) => { $crate::setting::SettingValue::to_toml(&$value) };
    (@example ($value:expr) $example:literal) => { $example.to_owned() };
}
pub(crate) use settings;

macro_rules! setting_values {
    ($($type:ty)*) => {
        $(impl SettingValue for $type {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(deserializer)
            }

            fn to_toml(&self) -> String {
                // Debug quotes a text and leaves a number and a boolean as they are, as TOML does.
                format!("{self:?}")
            }
        })*
    };
}

setting_values! { bool u32 u64 usize }

/// A text. The file has it in quotes: without them, `0123` and `1e5` are numbers, which are written differently as text.
impl SettingValue for String {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer).map(|Text(text)| text)
    }

    fn to_toml(&self) -> String {
        format!("{self:?}")
    }
}

impl SettingValue for PathBuf {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::read(deserializer).map(Self::from)
    }

    fn to_toml(&self) -> String {
        self.display().to_string().to_toml()
    }
}

/// A value that is a text in its source.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text in quotes")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(text.to_owned()))
    }
}

/// A whole number of seconds.
impl SettingValue for Duration {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self::from_secs)
    }

    fn to_toml(&self) -> String {
        self.as_secs().to_string()
    }
}

/// A secret, which `Debug` does not show.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The secret as text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl SettingValue for Secret {
    const IS_SECRET: bool = true;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer).map(|Text(text)| Self(text))
    }

    fn to_toml(&self) -> String {
        String::new()
    }
}

/// A value without a default.
impl<T: SettingValue> SettingValue for Option<T> {
    const IS_SECRET: bool = T::IS_SECRET;

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(Some)
    }

    fn to_toml(&self) -> String {
        self.as_ref().map(T::to_toml).unwrap_or_default()
    }
}

/// A list, in the environment separated by commas.
impl SettingValue for Vec<String> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor)
    }

    fn to_toml(&self) -> String {
        format!("{self:?}")
    }
}

struct ListVisitor;

impl<'de> Visitor<'de> for ListVisitor {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name or a list of names")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut names = Vec::new();
        while let Some(Text(name)) = items.next_element()? {
            names.push(name);
        }
        Ok(names)
    }
}

/// Reads the name of one of several choices.
pub fn read_choice<'de, D: Deserializer<'de>, T: Copy>(
    deserializer: D,
    choices: &[(&'static str, T)],
) -> Result<T, D::Error> {
    let name = String::deserialize(deserializer)?;
    let choice = choices.iter().find(|(choice, _)| *choice == name);
    choice.map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        D::Error::custom(format!("\"{name}\" is not one of {}", names.join(", ")))
    })
}

/// The name of a choice in TOML.
pub fn choice_to_toml<T: PartialEq>(value: &T, choices: &[(&'static str, T)]) -> String {
    let choice = choices.iter().find(|(_, choice)| choice == value);
    format!("{:?}", choice.map(|(name, _)| *name).unwrap_or_default())
}
