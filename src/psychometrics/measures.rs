//! What makes norms, marks of change and the rule of support sound: each is of a scale that there is.

use toml::Spanned;

use super::{
    file::{Checked, File},
    instrument::{CustomaryChange, Norm, ReliableChange, Scale, SupportRule},
    raw::{RawCustomaryChange, RawNorm, RawReliableChange, RawSupport},
};

impl File<'_> {
    pub(super) fn norms(&self, raw: Vec<RawNorm>, scales: &[Scale]) -> Checked<Vec<Norm>> {
        let mut norms: Vec<Norm> = Vec::new();
        for norm in raw {
            let fits = norm.mean.is_finite() && is_positive(*norm.sd.as_ref());
            self.must(fits, &norm.sd, "a standard deviation is above 0", "write the published one")?;
            let scale = self.known(norm.scale, scales, norms.iter().map(|norm| &norm.scale))?;
            let (sample, source) = (self.text(norm.sample, 200)?, self.text(norm.source, 500)?);
            norms.push(Norm { scale, mean: norm.mean, sd: norm.sd.into_inner(), sample, source });
        }
        Ok(norms)
    }

    pub(super) fn reliable_change(
        &self,
        raw: Vec<RawReliableChange>,
        scales: &[Scale],
    ) -> Checked<Vec<ReliableChange>> {
        let mut changes: Vec<ReliableChange> = Vec::new();
        for change in raw {
            let RawReliableChange { scale, sd, reliability, provisional, source } = change;
            let sound = sd.is_some_and(is_positive) && reliability.is_some_and(|r| (0.0..1.0).contains(&r));
            let mend = "give a positive `sd` and a `reliability` from 0 to below 1, or say `provisional = true`";
            self.must(provisional || sound, &scale, "this change cannot be reckoned", mend)?;
            let scale = self.known(scale, scales, changes.iter().map(|change| &change.scale))?;
            changes.push(ReliableChange { scale, sd, reliability, provisional, source: self.text(source, 500)? });
        }
        Ok(changes)
    }

    pub(super) fn customary_change(
        &self,
        raw: Vec<RawCustomaryChange>,
        scales: &[Scale],
    ) -> Checked<Vec<CustomaryChange>> {
        let mut changes: Vec<CustomaryChange> = Vec::new();
        for RawCustomaryChange { scale, points, source } in raw {
            self.must(is_positive(*points.as_ref()), &points, "a mark is above 0", "write the customary one")?;
            let scale = self.known(scale, scales, changes.iter().map(|change| &change.scale))?;
            changes.push(CustomaryChange { scale, points: points.into_inner(), source: self.text(source, 500)? });
        }
        Ok(changes)
    }

    pub(super) fn support(&self, rule: RawSupport, scales: &[Scale]) -> Checked<SupportRule> {
        let RawSupport { scale, at_least, at_most } = rule;
        let one = at_least.is_some() != at_most.is_some();
        self.must(one, &scale, "the rule has no one bound", "give `at_least` or `at_most`")?;
        Ok(SupportRule { scale: self.known(scale, scales, std::iter::empty())?, at_least, at_most })
    }

    /// The name of a scale that there is, and that is not among those that have one already.
    fn known<'a>(
        &self,
        scale: Spanned<String>,
        scales: &[Scale],
        mut taken: impl Iterator<Item = &'a String>,
    ) -> Checked<String> {
        let exists = scales.iter().any(|one| one.key == *scale.as_ref());
        self.must(exists, &scale, "there is no such scale", "name one of the scales of this file")?;
        let free = taken.all(|one| one != scale.as_ref());
        self.must(free, &scale, "this scale has one already", "keep one for each scale")?;
        Ok(scale.into_inner())
    }
}

fn is_positive(number: f64) -> bool {
    number.is_finite() && number > 0.0
}
