#include "drivers/protocols/crypto/ecb.hpp"

#include <array>
#include <stdexcept>
#include <string>

#include <openssl/crypto.h>

namespace posbench::crypto {
namespace {

Owned<EVP_CIPHER> fetch(const char* name) {
    return own(EVP_CIPHER_fetch(nullptr, name, nullptr), std::string("fetching cipher ") + name);
}

/// A copy of a key that is wiped when it goes.
class KeyCopy {
  public:
    KeyCopy() = default;
    KeyCopy(const KeyCopy&) = delete;
    KeyCopy& operator=(const KeyCopy&) = delete;
    ~KeyCopy() { OPENSSL_cleanse(octets_.data(), octets_.size()); }
    std::uint8_t* data() noexcept { return octets_.data(); }
    ByteView view() const noexcept { return octets_; }

  private:
    std::array<std::uint8_t, 24> octets_{};
};

}  // namespace

EcbContext::EcbContext(const EVP_CIPHER* cipher, ByteView key, Direction direction)
    : context_(own(EVP_CIPHER_CTX_new(), "making a cipher context")) {
    const int encrypt = direction == Direction::encrypt ? 1 : 0;
    if (EVP_CipherInit_ex2(context_.get(), cipher, key.data(), nullptr, encrypt, nullptr) != 1)
        throw_openssl("setting a cipher's key");
    if (EVP_CIPHER_CTX_set_padding(context_.get(), 0) != 1) throw_openssl("switching padding off");
}

EcbContext EcbContext::des(ByteView key, Direction direction) {
    static const auto cipher = fetch("DES-EDE3-ECB");
    if (key.size() != 8 && key.size() != 16 && key.size() != 24)
        throw std::invalid_argument("a DES key has 8, 16 or 24 octets, this one " +
                                    std::to_string(key.size()));
    // K | K | K and K1 | K2 | K1: single and two-key triple DES as cases of three-key triple DES.
    KeyCopy three;
    for (std::size_t i = 0; i < 24; ++i) three.data()[i] = key[i % key.size()];
    return EcbContext(cipher.get(), three.view(), direction);
}

EcbContext EcbContext::sm4(ByteView key, Direction direction) {
    static const auto cipher = fetch("SM4-ECB");
    if (key.size() != 16)
        throw std::invalid_argument("an SM4 key has 16 octets, this one " + std::to_string(key.size()));
    return EcbContext(cipher.get(), key, direction);
}

void EcbContext::update(ByteView data, std::uint8_t* out) const {
    int written = 0;
    if (EVP_CipherUpdate(context_.get(), out, &written, data.data(), static_cast<int>(data.size())) != 1)
        throw_openssl("running a cipher");
    if (static_cast<std::size_t>(written) != data.size())
        throw std::runtime_error("OpenSSL, running a cipher: " + std::to_string(data.size()) +
                                 " octets in, " + std::to_string(written) + " out");
}

}  // namespace posbench::crypto
