//! Keys of signatures: Ed25519, and ECDSA on P-256 with SHA-256, in PEM.
//!
//! Private keys are PKCS #8 without a password, public keys are `SubjectPublicKeyInfo`, as `openssl` writes both. No message
//! of this module contains a part of a key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
    UnparsedPublicKey,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use serde_json::json;

use crate::digest::sha256;

/// The bytes of a `SubjectPublicKeyInfo` of Ed25519 before its 32 bytes of key (RFC 8410).
const ED25519_LEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// The bytes of a `SubjectPublicKeyInfo` of P-256 before its uncompressed point of 65 bytes (RFC 5480).
const P256_LEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The characters of a line of PEM.
const PEM_LINE: usize = 64;

/// The reason a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The file has a password.
    #[error("the key is encrypted; decrypt it first: openssl pkcs8 -in KEY -out PLAIN")]
    Encrypted,
    /// The file has another form of private key.
    #[error("the key is not PKCS #8; convert it: openssl pkcs8 -topk8 -nocrypt -in KEY -out PKCS8")]
    NotPkcs8,
    /// The file has a private key, and a public one is needed.
    #[error("it is a private key; verification needs the public one: openssl pkey -in KEY -pubout")]
    Private,
    /// The file has a public key, and a private one is needed.
    #[error("it is a public key; signing needs the private one")]
    Public,
    /// The file has no key.
    #[error("it has no key in PEM")]
    NoKey,
    /// The key has another algorithm.
    #[error("the key is neither Ed25519 nor ECDSA on P-256")]
    Algorithm,
    /// The system has no random numbers, which ECDSA needs.
    #[error("the system provides no random numbers")]
    Random,
}

/// A private key. It is never shown.
pub enum SigningKey {
    /// Ed25519 (RFC 8032).
    Ed25519(Ed25519KeyPair),
    /// ECDSA on P-256 with SHA-256 and signatures in ASN.1.
    P256(EcdsaKeyPair),
}

impl SigningKey {
    /// Reads a private key.
    ///
    /// # Errors
    ///
    /// The text has no such key, or a key that mlgate does not sign with.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| match () {
            () if text.contains("BEGIN ENCRYPTED PRIVATE KEY") => KeyError::Encrypted,
            () if text.contains("BEGIN EC PRIVATE KEY") || text.contains("BEGIN OPENSSH PRIVATE KEY") => {
                KeyError::NotPkcs8
            }
            () if text.contains("BEGIN PUBLIC KEY") => KeyError::Public,
            () => KeyError::NoKey,
        })?;
        // OpenSSL writes version 1, which has no public key to compare with.
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der()) {
            return Ok(Self::Ed25519(pair));
        }
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der.secret_pkcs8_der(), &SystemRandom::new());
        pair.map(Self::P256).map_err(|_| KeyError::Algorithm)
    }

    /// Returns the public key.
    pub fn public(&self) -> PublicKey {
        match self {
            Self::Ed25519(pair) => PublicKey::new(KeyKind::Ed25519, pair.public_key().as_ref()),
            Self::P256(pair) => PublicKey::new(KeyKind::P256, pair.public_key().as_ref()),
        }
    }

    /// Signs a message.
    ///
    /// # Errors
    ///
    /// The system has no random numbers.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match self {
            Self::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Self::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).map_err(|_| KeyError::Random)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KeyKind {
    Ed25519,
    P256,
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    kind: KeyKind,
    /// The 32 bytes of Ed25519, or the uncompressed point of P-256.
    bytes: Vec<u8>,
}

impl PublicKey {
    fn new(kind: KeyKind, bytes: &[u8]) -> Self {
        Self { kind, bytes: bytes.to_vec() }
    }

    /// Reads a public key.
    ///
    /// # Errors
    ///
    /// The text has no such key, or one of another algorithm.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        if text.contains("PRIVATE KEY-----") {
            return Err(KeyError::Private);
        }
        let der = SubjectPublicKeyInfoDer::from_pem_slice(text.as_bytes()).map_err(|_| KeyError::NoKey)?;
        match (der.strip_prefix(&ED25519_LEAD), der.strip_prefix(&P256_LEAD)) {
            (Some(bytes), _) if bytes.len() == 32 => Ok(Self::new(KeyKind::Ed25519, bytes)),
            (_, Some(bytes)) if bytes.len() == 65 => Ok(Self::new(KeyKind::P256, bytes)),
            _ => Err(KeyError::Algorithm),
        }
    }

    fn der(&self) -> Vec<u8> {
        match self.kind {
            KeyKind::Ed25519 => [ED25519_LEAD.as_slice(), &self.bytes].concat(),
            KeyKind::P256 => [P256_LEAD.as_slice(), &self.bytes].concat(),
        }
    }

    /// Returns the key in PEM.
    pub fn pem(&self) -> String {
        let text = STANDARD.encode(self.der());
        let mut pem = "-----BEGIN PUBLIC KEY-----\n".to_owned();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(PEM_LINE));
            pem.push_str(line);
            pem.push('\n');
            rest = after;
        }
        pem + "-----END PUBLIC KEY-----\n"
    }

    /// Returns the key's id: the SHA-256 of its `SubjectPublicKeyInfo` in hexadecimal digits.
    pub fn id(&self) -> String {
        digits(&self.der())
    }

    /// Returns the key's id as in-toto's and TUF's libraries compute it, from their canonical JSON of a key.
    pub fn id_of_securesystemslib(&self) -> String {
        let (kind, scheme, public) = match self.kind {
            KeyKind::Ed25519 => ("ed25519", "ed25519", self.bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            KeyKind::P256 => ("ecdsa", "ecdsa-sha2-nistp256", self.pem()),
        };
        // Canonical JSON writes a line's end as it is.
        let key = json!({"keytype": kind, "keyval": {"public": public}, "scheme": scheme}).to_string();
        digits(key.replace("\\n", "\n").as_bytes())
    }

    /// Returns true if the signature is this key's over the message.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.kind {
            KeyKind::Ed25519 => UnparsedPublicKey::new(&ED25519, &self.bytes).verify(message, signature).is_ok(),
            KeyKind::P256 => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.bytes).verify(message, signature).is_ok()
            }
        }
    }
}

fn digits(bytes: &[u8]) -> String {
    sha256(bytes).unwrap_or_default().trim_start_matches("sha256:").to_owned()
}
