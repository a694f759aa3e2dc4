//! Full-text search that behaves the same on both databases.
//!
//! Text is folded before it is stored (lower case, no diacritics, words apart by one space) and so is what is searched
//! for; a word matches where a stored word begins with it, and all words must match. Any input is safe: only letters
//! and digits survive folding. Hits come in three ranks, so that paging by rank is stable: the whole name, words of the
//! name, words anywhere.

use sea_orm::{
    Condition, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, ExprTrait,
    sea_query::{Expr, SimpleExpr},
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::problem::Result;

/// Lower case, without diacritics, words apart by one space.
pub fn fold(text: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let folded: String = match text.is_ascii() {
        true => text.chars().map(|c| plain(c.to_ascii_lowercase())).collect(),
        false => {
            let letters = text.nfkd().filter(|c| !is_combining_mark(*c));
            letters.flat_map(char::to_lowercase).map(plain).collect()
        }
    };
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lets SQLite's full-text index of a table forget the words of rows that have gone. It marks them as gone, and drops them
/// when it next puts its parts together; here it does so at once. PostgreSQL has its words in the rows.
pub async fn forget_words<E: EntityTrait>(tx: &DatabaseTransaction, _: E) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Sqlite {
        let index = format!("{}_search", E::default().table_name());
        tx.execute_unprepared(&format!("INSERT INTO {index} ({index}) VALUES ('optimize')")).await?;
    }
    Ok(())
}

/// The folded name that rows are sorted, paged and compared by. One character can fold to many, and a cursor holds it.
pub fn sort_name(name: &str) -> String {
    fold(name).chars().take(200).collect()
}

/// The part of an address that names something: folded words joined by hyphens, or `fallback` where no word is left.
pub fn slug(name: &str, fallback: &str) -> String {
    let slug: String = fold(name).split(' ').collect::<Vec<_>>().join("-").chars().take(80).collect();
    if slug.is_empty() { fallback.into() } else { slug }
}

/// Folds several texts into one searchable text.
pub fn fold_all<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().map(fold).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ")
}

/// What a table's full-text index finds for a query.
pub struct Hits {
    pub condition: Condition,
    /// 0 the whole name, 1 words of the name, 2 words anywhere.
    pub rank: SimpleExpr,
    folded: String,
}

impl Hits {
    /// The rank of a row that was found, for its cursor.
    pub fn rank_of(&self, sort_name: &str, search_name: &str) -> i64 {
        let in_name = |word: &str| search_name.split(' ').any(|stored| stored.starts_with(word));
        if sort_name == self.folded {
            0
        } else if self.folded.split(' ').take(MOST_WORDS).all(in_name) {
            1
        } else {
            2
        }
    }
}

/// Words of a query that count.
const MOST_WORDS: usize = 16;

/// Searches `table`, whose key is `key`, for `query`.
pub fn search(backend: DbBackend, table: &str, key: &str, query: &str) -> Hits {
    find(backend, table, query, |words| match backend {
        DbBackend::Sqlite => {
            let terms = words.iter().map(|word| format!("\"{word}\"*")).collect::<Vec<_>>().join(" AND ");
            let found = |expression: String| {
                let sql = format!(
                    "{table}.{key} IN (SELECT r.{key} FROM {table}_search s JOIN {table}_search_row r \
                     ON r.row_number = s.rowid WHERE {table}_search MATCH ?)"
                );
                Expr::cust_with_values(sql, [expression])
            };
            (found(terms.clone()), found(format!("search_name : ({terms})")))
        }
        _ => {
            let found = |weight: &str| {
                let terms = words.iter().map(|word| format!("'{word}':*{weight}")).collect::<Vec<_>>().join(" & ");
                // In a query of its own it is made once, not for every row.
                let sql = format!("{table}.search_vector @@ (SELECT to_tsquery('simple', $1))");
                Expr::cust_with_values(sql, [terms])
            };
            (found(""), found("A"))
        }
    })
}

/// Looks for `query` in each row of `table`, for rows that its full-text index does not hold.
pub fn look_through(backend: DbBackend, table: &str, query: &str) -> Hits {
    find(backend, table, query, |words| {
        let in_each = |text: String| {
            let has = |word: &&str| {
                Expr::cust_with_values(format!("{text} LIKE {}", placeholder(backend)), [format!("% {word}%")])
            };
            words.iter().map(has).reduce(SimpleExpr::and).unwrap_or_else(nothing)
        };
        let name = format!("' ' || {table}.search_name");
        (in_each(format!("{name} || ' ' || {table}.search_text")), in_each(name))
    })
}

/// What is found for `query`, where `having` makes two conditions of its words: that all are there, and in the name.
fn find(
    backend: DbBackend,
    table: &str,
    query: &str,
    having: impl FnOnce(&[&str]) -> (SimpleExpr, SimpleExpr),
) -> Hits {
    let folded = fold(query);
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).take(MOST_WORDS).collect();
    if words.is_empty() {
        return Hits { condition: Condition::all().add(nothing()), rank: Expr::cust("1 - 1"), folded };
    }
    let (anywhere, in_name) = having(&words);
    let sql = format!("{table}.sort_name = {}", placeholder(backend));
    let whole_name = Expr::cust_with_values(sql, [folded.clone()]);
    let rank = Expr::case(whole_name, 0_i64).case(in_name, 1_i64).finally(2_i64);
    Hits { condition: Condition::all().add(anywhere), rank: rank.into(), folded }
}

/// What stands for the only value of an expression.
fn placeholder(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Sqlite { "?" } else { "$1" }
}

fn nothing() -> SimpleExpr {
    Expr::cust("1 = 0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_folded_to_words() {
        for (text, folded) in [
            ("Ångström & Söhne", "angstrom sohne"),
            ("  EMDR/IFS -- trauma ", "emdr ifs trauma"),
            ("O'Brien\u{202e}", "o brien"),
            ("\" OR 1=1; --", "or 1 1"),
            ("ﬁne ２０２６", "fine 2026"),
            ("***", ""),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }

    #[test]
    fn slugs_are_plain() {
        assert_eq!(slug("Ångström & Søns Group", "group"), "angstrom-søns-group");
        assert_eq!(slug("***", "group"), "group");
    }
}
