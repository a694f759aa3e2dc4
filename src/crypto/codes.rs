//! Codes that people read to one another and type: 100 random bits in Crockford's base 32, in four groups of five.

use crate::problem::{Problem, Result};

/// Digits and letters but I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 20;
const GROUP: usize = 5;

/// A fresh code.
pub fn generate() -> Result<String> {
    let mut chance = [0u8; LENGTH];
    aws_lc_rs::rand::fill(&mut chance).map_err(|_| Problem::internal("no random bytes"))?;
    let letters: Vec<char> = chance
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 31)))
        .map(|letter| char::from(*letter))
        .collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-"))
}

/// What is stored of a code, and what a row is found by. Case, blanks and hyphens do not matter, nor which of the
/// characters that look alike somebody read. An attacker does not choose the bytes that the index compares.
pub fn hash(code: &str) -> Vec<u8> {
    let plain: String = code
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect();
    super::sha256(plain.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_long_enough_and_each_is_another() {
        let codes: std::collections::HashSet<_> = (0..1000).map(|_| generate().unwrap()).collect();
        assert_eq!(codes.len(), 1000);
        for code in codes {
            assert_eq!(code.len(), 23, "{code}");
            assert!(code.split('-').all(|group| group.len() == 5), "{code}");
            assert!(code.bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)), "{code}");
        }
    }

    #[test]
    fn how_a_code_is_typed_does_not_matter() {
        let known = hash("01AB2-CD3EF-GH4JK-MN5PQ");
        for typed in [
            "01ab2-cd3ef-gh4jk-mn5pq",
            "01AB2CD3EFGH4JKMN5PQ",
            " 01ab2 cd3ef gh4jk mn5pq ",
            "OlAB2-CD3EF-GH4JK-MN5PQ",
            "oiab2cd3efgh4jkmn5pq",
        ] {
            assert_eq!(hash(typed), known, "{typed}");
        }
        for typed in ["", "01AB2-CD3EF-GH4JK-MN5PR", "01AB2-CD3EF-GH4JK-MN5P", "01AB2-CD3EF-GH4JK-MN5PQQ"] {
            assert_ne!(hash(typed), known, "{typed}");
        }
    }
}
