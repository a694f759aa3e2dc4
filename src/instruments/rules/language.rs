//! Which language somebody gets.

/// Where the wording comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin<'a> {
    /// The instrument's file, in its own language.
    Bundled(&'a str),
    /// One that was imported.
    Imported(&'a str),
}

/// The wording for somebody who asks for `asked`: that, else what is left when subtags are taken off its end (RFC 4647,
/// lookup), else the instrument's own, else the one that was imported first. None where there is no wording at all.
pub fn choose<'a>(asked: Option<&str>, own: Option<&'a str>, imported: &'a [String]) -> Option<Origin<'a>> {
    let find = |tag: &str| {
        let imported = imported.iter().find(|language| language.eq_ignore_ascii_case(tag)).map(|one| &**one);
        let own = own.filter(|language| language.eq_ignore_ascii_case(tag));
        imported.map(Origin::Imported).or(own.map(Origin::Bundled))
    };
    let fallback = own.map(Origin::Bundled).or(imported.first().map(|language| Origin::Imported(language)));
    let ranges = std::iter::successors(asked, |tag| tag.rsplit_once('-').map(|(shorter, _)| shorter));
    ranges.filter_map(find).next().or(fallback)
}

/// A language tag as RFC 5646 recommends to spell it: `pt-BR`, `zh-Hant-TW`.
pub fn canonical(tag: &str) -> String {
    let spelt = |(place, part): (usize, &str)| match part.len() {
        2 if place > 0 => part.to_ascii_uppercase(),
        4 if place > 0 && part.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            let (first, rest) = part.split_at_checked(1).unwrap_or((part, ""));
            first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
        }
        _ => part.to_ascii_lowercase(),
    };
    tag.split('-').enumerate().map(spelt).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_asked_for_comes_first_then_its_primary_one_then_what_there_is() {
        let imported = ["pt".to_owned(), "pt-BR".to_owned(), "de".to_owned()];
        let none: [String; 0] = [];
        for (asked, own, imported, choice) in [
            (None, Some("en"), &imported[..], Some(Origin::Bundled("en"))),
            (None, None, &imported, Some(Origin::Imported("pt"))),
            (Some("de"), Some("en"), &imported, Some(Origin::Imported("de"))),
            (Some("de-AT"), Some("en"), &imported, Some(Origin::Imported("de"))),
            (Some("pt-br"), Some("en"), &imported, Some(Origin::Imported("pt-BR"))),
            (Some("pt-Latn-BR"), None, &imported, Some(Origin::Imported("pt"))),
            (Some("en-GB"), Some("en"), &imported, Some(Origin::Bundled("en"))),
            (Some("fr"), Some("en"), &imported, Some(Origin::Bundled("en"))),
            (Some("fr"), None, &imported, Some(Origin::Imported("pt"))),
            (Some("fr"), None, &none, None),
            (None, None, &none, None),
        ] {
            assert_eq!(choose(asked, own, imported), choice, "{asked:?} {own:?}");
        }
    }

    #[test]
    fn tags_are_spelt_in_one_way() {
        for (tag, spelt) in [
            ("EN", "en"),
            ("pt-br", "pt-BR"),
            ("ZH-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("de-CH-1901", "de-CH-1901"),
            ("sl-ROZAJ", "sl-rozaj"),
        ] {
            assert_eq!(canonical(tag), spelt);
        }
    }
}
