#include "drivers/tls/certificate.hpp"

#include <algorithm>
#include <array>

#include <openssl/pem.h>

#include "drivers/tls/openssl_tls.hpp"

namespace posbench::tls {
namespace {

using crypto::require;

void set_common_name(X509_NAME* name, std::string_view text) {
    require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                       reinterpret_cast<const unsigned char*>(text.data()),
                                       static_cast<int>(text.size()), -1, 0),
            "naming a certificate");
}

void set_time(X509* certificate, runtime::WallTime instant,
              int (*set)(X509* certificate, const ASN1_TIME* time)) {
    const auto time = own_tls(ASN1_TIME_set(nullptr, to_time_t(instant)), "dating a certificate");
    require(set(certificate, time.get()), "dating a certificate");
}

void extend(X509* certificate, int what, const std::string& value) {
    const auto extension =
        own_tls(X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str()), "extending a certificate");
    require(X509_add_ext(certificate, extension.get(), -1), "extending a certificate");
}

bool is_address(std::string_view name) {
    const bool dotted = name.find('.') != std::string_view::npos &&
                        std::ranges::all_of(name, [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
    return dotted || name.find(':') != std::string_view::npos;
}

void extend_for(X509* certificate, const Subject& subject) {
    const bool authority = subject.use == Subject::Use::authority;
    extend(certificate, NID_basic_constraints, authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(certificate, NID_key_usage,
           authority ? "critical,keyCertSign" : "critical,digitalSignature,keyEncipherment");
    if (authority) return;
    extend(certificate, NID_ext_key_usage, subject.use == Subject::Use::server ? "serverAuth" : "clientAuth");
    extend(certificate, NID_subject_alt_name, (is_address(subject.name) ? "IP:" : "DNS:") + subject.name);
}

/// Twelve octets of a digest over what the certificate says: another one for another certificate.
void set_serial_number(X509* certificate, const Subject& subject, std::string_view issuer_name) {
    constexpr std::size_t length = 12;
    std::string said(issuer_name);
    said += '\n' + subject.name + '\n' + std::to_string(to_time_t(subject.not_before)) + '\n' +
            std::to_string(to_time_t(subject.not_after));
    Bytes serial = crypto::digest("SHA256", as_bytes(said));
    serial.resize(length);
    serial.front() &= 0x7F;
    const auto number = crypto::number(serial);
    if (!BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)))
        crypto::throw_openssl("numbering a certificate");
}

std::string to_pem(X509* certificate) {
    const auto text = crypto::own(BIO_new(BIO_s_mem()), "writing a certificate");
    require(PEM_write_bio_X509(text.get(), certificate), "writing a certificate");
    char* begin = nullptr;
    const long size = BIO_get_mem_data(text.get(), &begin);
    return {begin, static_cast<std::size_t>(size)};
}

}  // namespace

std::string issue(const Subject& subject, std::string_view key, std::string_view issuer_name,
                  std::string_view issuer) {
    constexpr long version_3 = 2;
    const auto own_key = read_key(key), issuer_key = read_key(issuer);
    const auto certificate = own_tls(X509_new(), "making a certificate");
    require(X509_set_version(certificate.get(), version_3), "making a certificate");
    set_serial_number(certificate.get(), subject, issuer_name);
    set_common_name(X509_get_subject_name(certificate.get()), subject.name);
    set_common_name(X509_get_issuer_name(certificate.get()), issuer_name);
    set_time(certificate.get(), subject.not_before, X509_set1_notBefore);
    set_time(certificate.get(), subject.not_after, X509_set1_notAfter);
    require(X509_set_pubkey(certificate.get(), own_key.get()), "making a certificate");
    extend_for(certificate.get(), subject);
    if (X509_sign(certificate.get(), issuer_key.get(), EVP_sha256()) <= 0)
        crypto::throw_openssl("signing a certificate");
    return to_pem(certificate.get());
}

}  // namespace posbench::tls
