#include "drivers/protocols/emv/authority_key.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;

TEST_CASE("check sum of an authority's key: Visa's published test key with index 92") {
    const auto key =
        crypto::RsaPublicKey::from_components(
            hex("996AF56F569187D09293C14810450ED8EE3357397B18A2458EFAA92DA3B6DF6514EC060195318FD4"
                "3BE9B8F0CC669E3F844057CBDDF8BDA191BB64473BC8DC9A730DB8F6B4EDE3924186FFD9B8C77357"
                "89C23A36BA0B8AF65372EB57EA5D89E7D14E9C7B6B557460F10885DA16AC923F15AF3758F0F03EBD"
                "3C5C2C949CBA306DB44E6A2C076C5F67E281D7EF56785DC4D75945E491F01918800A9E2DC66F6008"
                "0566CE0DAF8D17EAD46AD8E30A247C9F"),
            hex("03"))
            .value();
    emv::AuthorityKeyName name{{0xA0, 0x00, 0x00, 0x00, 0x03}, 0x92};
    CHECK(to_hex(emv::check_sum(name, key)) == "429C954A3859CEF91295F663C963E582ED6EB253");
    name.index = 0x93;
    CHECK(to_hex(emv::check_sum(name, key)) != "429C954A3859CEF91295F663C963E582ED6EB253");
}
