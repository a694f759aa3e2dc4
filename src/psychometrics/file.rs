//! Reads the file of an instrument, and refuses one that is not sound.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
    ops::Range,
    path::Path,
};

use serde_json::json;
use toml::Spanned;

use super::{
    example::CaseOutcome,
    instrument::{Band, Choice, Example, Instrument, Item, Licence, Norm, Scale, Source, TextStatus, numbers},
    outcome::Answers,
    raw::{RawExample, RawInstrument, RawItem, RawOption},
};
use crate::crypto::sha256_hex;

/// What is wrong with the file of an instrument, where, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstrumentFault {
    pub file: String,
    pub line: Option<usize>,
    pub fault: String,
    pub mend: String,
}

impl Display for InstrumentFault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, line, fault, mend } = self;
        match line {
            Some(line) => write!(out, "{file}, line {line}: {fault}; {mend}"),
            None => write!(out, "{file}: {fault}; {mend}"),
        }
    }
}

impl std::error::Error for InstrumentFault {}

impl InstrumentFault {
    pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        let mend = "name a folder of instrument files that the service may read".to_owned();
        Self { file: path.display().to_string(), line: None, fault: error.to_string(), mend }
    }

    pub(super) fn twice(file: &str, instrument: &Instrument) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            fault: format!("{} {} exists already", instrument.key, instrument.version),
            mend: "a version never changes: give the correction a higher one".into(),
        }
    }
}

pub(super) type Checked<T> = Result<T, InstrumentFault>;

/// Reads the text of a file.
pub(super) fn read(name: &str, text: &str) -> Checked<Instrument> {
    let file = File { name, text };
    let raw: RawInstrument = toml::from_str(text).map_err(|error| {
        let mend = "write it as the files under instruments/ do";
        file.fault(error.span().unwrap_or_default(), error.message().replace('\n', " "), mend)
    })?;
    file.instrument(raw)
}

/// The file that is read, for what is said of it.
pub(super) struct File<'a> {
    name: &'a str,
    text: &'a str,
}

impl File<'_> {
    pub(super) fn fault(
        &self,
        span: Range<usize>,
        fault: impl Into<String>,
        mend: impl Into<String>,
    ) -> InstrumentFault {
        let before = self.text.get(..span.start).unwrap_or_default();
        let line = Some(before.matches('\n').count() + 1);
        InstrumentFault { file: self.name.to_owned(), line, fault: fault.into(), mend: mend.into() }
    }

    /// `Err` unless it holds.
    pub(super) fn must<T>(
        &self,
        holds: bool,
        at: &Spanned<T>,
        fault: impl Into<String>,
        mend: impl Into<String>,
    ) -> Checked<()> {
        if holds { Ok(()) } else { Err(self.fault(at.span(), fault, mend)) }
    }

    fn instrument(&self, raw: RawInstrument) -> Checked<Instrument> {
        let mend = "use lower case letters, digits and hyphens, at most 40";
        self.must(is_key(raw.key.as_ref(), b'-', 40), &raw.key, "this is no key", mend)?;
        self.must(numbers(raw.version.as_ref()).is_some(), &raw.version, "this is no version", "write it as 1.0.0")?;
        let licence = Licence {
            statement: self.text(raw.licence.statement, 1000)?,
            url: self.address(raw.licence.url)?,
            text_status: *raw.licence.text_status.as_ref(),
        };
        if licence.text_status == TextStatus::Bundled && raw.language.is_none() {
            return Err(self.fault(raw.licence.text_status.span(), "the wording has no language", "add `language`"));
        }
        let items = self.items(&raw.options, raw.items, licence.text_status)?;
        let scales = self.scales(raw.scales, &items)?;
        let norms = self.norms(raw.norms, &scales)?;
        let rules_sha256 = self.rules_sha256(&items, &scales, &norms)?;
        let mut instrument = Instrument {
            key: raw.key.into_inner(),
            version: raw.version.into_inner(),
            title: self.text(raw.title, 200)?,
            description: self.text(raw.description, 1000)?,
            note: raw.note.map(|note| self.text(note, 1000)).transpose()?,
            source: Source { citation: self.text(raw.source.citation, 500)?, url: self.address(raw.source.url)? },
            licence,
            language: raw.language.map(|language| self.language(language)).transpose()?,
            recall_days: raw.recall_days,
            min_interval_days: raw.min_interval_days,
            kind: raw.kind,
            reliable_change: self.reliable_change(raw.reliable_change, &scales)?,
            customary_change: self.customary_change(raw.customary_change, &scales)?,
            support: raw.support.map(|rule| self.support(rule, &scales)).transpose()?,
            items,
            scales,
            norms,
            examples: Vec::new(),
            rules_sha256,
        };
        instrument.examples =
            raw.examples.into_iter().map(|example| self.example(&instrument, example)).collect::<Checked<_>>()?;
        Ok(instrument)
    }

    fn items(
        &self,
        sets: &BTreeMap<String, Spanned<Vec<RawOption>>>,
        raw: Spanned<Vec<RawItem>>,
        status: TextStatus,
    ) -> Checked<Vec<Item>> {
        for set in sets.values() {
            self.options(set, status)?;
        }
        self.must((1..=100).contains(&raw.as_ref().len()), &raw, "there must be 1 to 100 items", "list them")?;
        let mut items: Vec<Item> = Vec::new();
        for item in raw.into_inner() {
            let fits = item.name.as_ref().split('.').all(|part| is_key(part, b'_', 40));
            let mend = "use lower case letters, digits and underscores, or two such parts with a point between";
            self.must(fits && item.name.as_ref().len() <= 64, &item.name, "this is no name of an item", mend)?;
            let once = items.iter().all(|other| other.name != *item.name.as_ref());
            self.must(once, &item.name, "this item stands twice", "give each item a name of its own")?;
            if let Some(gate) = &item.asked_if {
                let above = items.iter().find(|other| other.name == *gate.as_ref());
                let fits = above.is_some_and(|gate| gate.choice(0).is_some());
                let mend = "name an item further up that can be answered with 0";
                self.must(fits, gate, "this cannot decide whether an item is asked", mend)?;
            }
            self.wording(item.text.as_ref(), &item.name, status)?;
            items.push(Item {
                choices: self.choices(sets, &item.options, item.weights)?,
                name: item.name.into_inner(),
                text: item.text.map(|text| self.text(text, 500)).transpose()?,
                asked_if: item.asked_if.map(Spanned::into_inner),
            });
        }
        Ok(items)
    }

    fn options(&self, set: &Spanned<Vec<RawOption>>, status: TextStatus) -> Checked<()> {
        let options = set.as_ref();
        self.must((2..=11).contains(&options.len()), set, "there must be 2 to 11 options", "list them")?;
        let values: BTreeSet<i64> = options.iter().map(|option| option.value).collect();
        let fits = values.len() == options.len() && values.iter().all(|value| (0..=100).contains(value));
        self.must(fits, set, "these are no values", "give each option a whole number from 0 to 100 of its own")?;
        for option in options {
            self.wording(option.label.as_ref(), set, status)?;
            if let Some(label) = &option.label {
                self.bounded(label, 200)?;
            }
        }
        Ok(())
    }

    /// What is bundled has its wording whole; of what others published, nothing is here.
    fn wording<T>(&self, text: Option<&Spanned<String>>, at: &Spanned<T>, status: TextStatus) -> Checked<()> {
        match (status, text) {
            (TextStatus::Bundled, None) => Err(self.fault(
                at.span(),
                "this has no wording",
                "give each item its `text` and each option its `label`",
            )),
            (TextStatus::StructureOnly, Some(text)) => {
                Err(self.fault(text.span(), "this has a wording", "leave it out, or say that the text is `bundled`"))
            }
            _ => Ok(()),
        }
    }

    fn choices(
        &self,
        sets: &BTreeMap<String, Spanned<Vec<RawOption>>>,
        name: &Spanned<String>,
        weights: Option<Spanned<Vec<i64>>>,
    ) -> Checked<Vec<Choice>> {
        let set = sets.get(name.as_ref()).ok_or_else(|| {
            self.fault(name.span(), "there are no such options", "name one of the sets under [options]")
        })?;
        let values: Vec<i64> = set.as_ref().iter().map(|option| option.value).collect();
        if let Some(weights) = &weights {
            let sorted = |numbers: &[i64]| {
                let mut numbers = numbers.to_vec();
                numbers.sort_unstable();
                numbers
            };
            let fits = sorted(weights.as_ref()) == sorted(&values);
            let mend = "weights are the values of the options in another order, each once";
            self.must(fits, weights, "these are no weights of these options", mend)?;
        }
        let weights = weights.map_or(values, Spanned::into_inner);
        let choice = |(option, weight): (&RawOption, i64)| Choice {
            value: option.value,
            weight,
            label: option.label.as_ref().map(|label| label.as_ref().clone()),
        };
        Ok(set.as_ref().iter().zip(weights).map(choice).collect())
    }

    fn example(&self, instrument: &Instrument, raw: Spanned<RawExample>) -> Checked<Example> {
        let span = raw.span();
        let raw = raw.into_inner();
        let words: Vec<&str> = raw.answers.as_ref().split_whitespace().collect();
        let mend = "give an answer for each item, in their order, `_` where there is none";
        self.must(words.len() == instrument.items.len(), &raw.answers, "these are not all answers", mend)?;
        let mut answers = Answers::new();
        for (item, word) in instrument.items.iter().zip(words).filter(|(_, word)| *word != "_") {
            let value = word.parse().ok().filter(|value| item.choice(*value).is_some());
            let value = value.ok_or_else(|| {
                self.fault(raw.answers.span(), format!("{word} is no answer to item {}", item.name), "mend the example")
            })?;
            answers.insert(item.name.clone(), value);
        }
        for scale in raw.scores.keys().chain(raw.bands.keys()).chain(raw.t_scores.keys()).chain(&raw.ranking) {
            let known = instrument.scale(scale).is_some();
            self.must(known, &raw.case, format!("there is no scale {scale}"), "name scales of this file")?;
        }
        let expected = instrument.expected(&raw, &answers);
        let example = Example { case: self.word(raw.case)?, answers, expected };
        let worked = CaseOutcome { computed: instrument.evaluate(&example.answers), example: &example };
        if !worked.passes() {
            let fault = format!("example {} comes to something else: {}", example.case, worked.difference());
            return Err(self.fault(span, fault, "mend the rules or the example"));
        }
        Ok(example)
    }

    /// Over all that decides a score, and over no title or wording.
    fn rules_sha256(&self, items: &[Item], scales: &[Scale], norms: &[Norm]) -> Checked<String> {
        let choices = |item: &Item| -> Vec<_> {
            item.choices.iter().map(|choice| json!({"value": choice.value, "weight": choice.weight})).collect()
        };
        let bands = |scale: &Scale| -> Vec<_> {
            let band = |band: &Band| json!({"key": band.key, "from": band.from, "exclusive": band.exclusive});
            scale.bands.iter().map(band).collect()
        };
        let items =
            items.iter().map(|item| json!({"name": item.name, "options": choices(item), "asked_if": item.asked_if}));
        let scales = scales.iter().map(|scale| {
            json!({"key": scale.key, "items": scale.items, "method": scale.method, "factor": scale.factor,
                "min_answered": scale.min_answered, "bands": bands(scale)})
        });
        let norms = norms.iter().map(|norm| json!({"scale": norm.scale, "mean": norm.mean, "sd": norm.sd}));
        let rules = json!({
            "items": items.collect::<Vec<_>>(),
            "scales": scales.collect::<Vec<_>>(),
            "norms": norms.collect::<Vec<_>>(),
        });
        let canonical = serde_json_canonicalizer::to_vec(&rules)
            .map_err(|error| self.fault(0..0, error.to_string(), "write finite numbers"))?;
        Ok(sha256_hex(&canonical))
    }

    fn bounded(&self, text: &Spanned<String>, longest: usize) -> Checked<()> {
        let fits = (1..=longest).contains(&text.as_ref().chars().count());
        self.must(fits, text, "this text does not fit", format!("write 1 to {longest} characters"))
    }

    pub(super) fn text(&self, text: Spanned<String>, longest: usize) -> Checked<String> {
        self.bounded(&text, longest)?;
        Ok(text.into_inner())
    }

    pub(super) fn word(&self, word: Spanned<String>) -> Checked<String> {
        let mend = "use lower case letters, digits and underscores, at most 64";
        self.must(is_key(word.as_ref(), b'_', 64), &word, "this is no key", mend)?;
        Ok(word.into_inner())
    }

    fn address(&self, url: Option<Spanned<String>>) -> Checked<Option<String>> {
        if let Some(url) = &url {
            let parsed = url::Url::parse(url.as_ref());
            let fits = url.as_ref().len() <= 500 && parsed.is_ok_and(|url| url.scheme() == "https");
            self.must(fits, url, "this is no address", "write it as https://example.org/")?;
        }
        Ok(url.map(Spanned::into_inner))
    }

    fn language(&self, tag: Spanned<String>) -> Checked<String> {
        let fits = (2..=35).contains(&tag.as_ref().len())
            && tag
                .as_ref()
                .split('-')
                .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        self.must(fits, &tag, "this is no language", "write a BCP 47 tag such as en or pt-BR")?;
        Ok(tag.into_inner())
    }
}

/// Lower case letters and digits, with one sign between them.
pub(super) fn is_key(key: &str, sign: u8, longest: usize) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == sign;
    (1..=longest).contains(&key.len()) && key.bytes().all(fits)
}
