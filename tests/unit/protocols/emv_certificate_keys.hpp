#pragma once

#include "drivers/protocols/crypto/rsa.hpp"
#include "tests/unit/protocols/emv_certificate_answers.hpp"

/// The keys of the known answers, for nobody's cards.
namespace posbench::answers {

inline crypto::RsaPrivateKey private_key(std::string_view modulus, std::string_view exponent,
                                         std::string_view private_exponent, std::string_view prime1,
                                         std::string_view prime2) {
    crypto::RsaComponents components;
    components.modulus = hex(modulus);
    components.exponent = hex(exponent);
    components.private_exponent = hex(private_exponent);
    components.prime1 = hex(prime1);
    components.prime2 = hex(prime2);
    return crypto::RsaPrivateKey::from_components(components).value();
}

inline crypto::RsaPrivateKey authority_key() {
    return private_key(authority_modulus, authority_exponent, authority_private, authority_prime1,
                       authority_prime2);
}
inline crypto::RsaPrivateKey issuer_key() {
    return private_key(issuer_modulus, issuer_exponent, issuer_private, issuer_prime1, issuer_prime2);
}
inline crypto::RsaPrivateKey icc_key() {
    return private_key(icc_modulus, icc_exponent, icc_private, icc_prime1, icc_prime2);
}
inline crypto::RsaPrivateKey pin_key() {
    return private_key(pin_modulus, pin_exponent, pin_private, pin_prime1, pin_prime2);
}

}  // namespace posbench::answers
