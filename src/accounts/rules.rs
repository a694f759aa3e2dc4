use zxcvbn::{Score, feedback::Warning, zxcvbn};

/// What an address is compared by: addresses that differ in case only are the same.
pub fn email_key(email: &str) -> String {
    email.to_lowercase()
}

/// Why `password` is too easy to guess, as advice; nothing when it is fine. `about` are texts that a guesser would try
/// first, such as the e-mail address and the name.
pub fn weakness(password: &str, about: &[&str]) -> Option<&'static str> {
    let words = about.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
    let known: Vec<&str> = about.iter().copied().chain(words).filter(|word| word.chars().count() > 2).collect();
    let estimate = zxcvbn(password, &known);
    if estimate.score() >= Score::Three {
        return None;
    }
    Some(match estimate.feedback().and_then(|feedback| feedback.warning()) {
        Some(Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess) => {
            "is easy to guess: it follows keys that lie next to each other; use a few unrelated words"
        }
        Some(Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess) => {
            "is easy to guess: it repeats itself; use a few unrelated words"
        }
        Some(Warning::SequencesLikeAbcAreEasyToGuess) => {
            "is easy to guess: it counts or spells on; use a few unrelated words"
        }
        Some(Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess) => {
            "is easy to guess: it is built on a date; use a few unrelated words"
        }
        Some(
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword
            | Warning::ThisIsSimilarToACommonlyUsedPassword,
        ) => "is easy to guess: many people use one like it; use a few unrelated words",
        _ => "is easy to guess: leave out your name and address, and add another unrelated word or two",
    })
}
