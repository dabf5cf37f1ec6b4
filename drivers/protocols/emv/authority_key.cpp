#include "drivers/protocols/emv/authority_key.hpp"

namespace posbench::emv {

crypto::Sha1 check_sum(const AuthorityKeyName& name, const crypto::RsaPublicKey& key) {
    Bytes data(name.rid.begin(), name.rid.end());
    data.push_back(name.index);
    for (const ByteView part : {key.modulus(), key.exponent()})
        data.insert(data.end(), part.begin(), part.end());
    return crypto::sha1(data);
}

}  // namespace posbench::emv
