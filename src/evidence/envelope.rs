//! DSSE envelopes (<https://github.com/secure-systems-lab/dsse>, version 1): a payload, its type, and signatures over both.
//!
//! mlgate writes an envelope without white space, so that any other byte in it is another envelope or none.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde::{Deserialize, Serialize};

use super::key::{KeyError, PublicKey, SigningKey};

/// The payload type of an in-toto statement.
pub(super) const IN_TOTO: &str = "application/vnd.in-toto+json";
/// The names of an envelope's fields. A file that has two of them is taken for an envelope, also if it is damaged.
const FIELDS: [&str; 3] = ["\"payloadType\"", "\"payload\"", "\"signatures\""];

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DsseEnvelope {
    payload_type: String,
    payload: String,
    signatures: Vec<DsseSignature>,
}

// A field of another name may be a damaged one.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DsseSignature {
    #[serde(default)]
    keyid: String,
    sig: String,
}

/// An envelope whose texts are decoded. No signature has been compared.
#[derive(Debug)]
pub(super) struct OpenedEnvelope {
    pub(super) payload_type: String,
    pub(super) payload: Vec<u8>,
    /// Key ids, which may be empty, and signatures.
    pub(super) signatures: Vec<(String, Vec<u8>)>,
}

/// Returns true if a text is an envelope, or was one before it was damaged.
pub(super) fn is_envelope(text: &str) -> bool {
    FIELDS.iter().filter(|field| text.contains(**field)).count() >= 2
}

/// Puts an in-toto statement into an envelope with one signature.
///
/// # Errors
///
/// The key cannot sign.
pub fn seal(statement: &[u8], key: &SigningKey) -> Result<String, KeyError> {
    let signature = key.sign(&authenticated(IN_TOTO, statement))?;
    let envelope = DsseEnvelope {
        payload_type: IN_TOTO.to_owned(),
        payload: STANDARD.encode(statement),
        signatures: vec![DsseSignature { keyid: key.public().id(), sig: STANDARD.encode(signature) }],
    };
    Ok(serde_json::to_string(&envelope).unwrap_or_default())
}

/// Decodes an envelope.
///
/// # Errors
///
/// Returns what is wrong with its form.
pub(super) fn open(text: &str) -> Result<OpenedEnvelope, String> {
    let envelope: DsseEnvelope = serde_json::from_str(text).map_err(|error| error.to_string())?;
    // An envelope has one alphabet: a character of the other one is a damage.
    let texts = || std::iter::once(&envelope.payload).chain(envelope.signatures.iter().map(|signature| &signature.sig));
    let is_plain = !texts().any(|text| text.contains(['-', '_']));
    let decode = |name: &str, text: &str| {
        let decoded = if is_plain { STANDARD.decode(text) } else { URL_SAFE.decode(text) };
        decoded.map_err(|error| format!("its {name} is not base64: {error}"))
    };
    let payload = decode("payload", &envelope.payload)?;
    let signatures = envelope.signatures.iter().map(|of| Ok((of.keyid.clone(), decode("signature", &of.sig)?)));
    let signatures = signatures.collect::<Result<Vec<_>, String>>()?;
    if signatures.is_empty() {
        return Err("it has no signature".to_owned());
    }
    Ok(OpenedEnvelope { payload_type: envelope.payload_type.clone(), payload, signatures })
}

impl OpenedEnvelope {
    /// Compares the signatures with a key's.
    ///
    /// # Errors
    ///
    /// No signature is the key's; returns the reason.
    pub(super) fn is_signed_by(&self, key: &PublicKey) -> Result<(), String> {
        let ids = [String::new(), key.id(), key.id_of_securesystemslib()];
        let message = authenticated(&self.payload_type, &self.payload);
        let (named, others): (Vec<_>, Vec<_>) = self.signatures.iter().partition(|(id, _)| ids.contains(id));
        if named.iter().any(|(_, signature)| key.verifies(&message, signature)) {
            return Ok(());
        }
        if others.iter().any(|(_, signature)| key.verifies(&message, signature)) {
            return Err("the signature is the key's, but the envelope gives it another key id".to_owned());
        }
        Err(match named.is_empty() {
            true => "no signature is by this key".to_owned(),
            false => "the signature does not belong to this payload".to_owned(),
        })
    }
}

/// Returns the bytes that are signed: DSSE's pre-authentication encoding.
fn authenticated(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_that_are_signed() {
        // The example of DSSE's protocol.md
        let wanted = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
        assert_eq!(authenticated("http://example.com/HelloWorld", b"hello world"), wanted);
    }
}
