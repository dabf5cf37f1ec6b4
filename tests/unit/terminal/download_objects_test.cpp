// What a downloaded key, application or list is read as, and what of it is refused.

#include "tests/support/catch.hpp"
#include "tests/unit/terminal/download_entries.hpp"

using namespace posbench;
using namespace posbench::terminal;
using namespace posbench::terminal::testing;

namespace {

std::string key_fault(ByteView octets, std::string_view defects = "[]") {
    const auto profile = settings(fmt::format("defects = {}", defects));
    const auto key = read_authority_key(octets, profile->defects);
    return key ? "" : fmt::format("{} {}", key.error().reason, key.error().place);
}

std::string application_fault(ByteView octets) {
    const auto application = read_application(octets, cny);
    if (!application) CHECK(application.error().reason == "bad_reply");
    return application ? "" : application.error().place;
}

}  // namespace

TEST_CASE("download: a key is taken with its name, its last day and its number, RSA and SM2") {
    const auto rsa = read_authority_key(entry(rsa_objects()), {});
    REQUIRE(rsa.has_value());
    CHECK(rsa->name == profile_key(0).name);
    CHECK(rsa->expires == profile_key(0).expires);
    const auto& number = std::get<crypto::RsaPublicKey>(rsa->key);
    CHECK(std::ranges::equal(number.modulus(), std::get<crypto::RsaPublicKey>(profile_key(0).key).modulus()));
    const auto sm2 = read_authority_key(entry(sm2_objects()), {});
    REQUIRE(sm2.has_value());
    CHECK(sm2->is_sm2());
    CHECK(sm2->name == profile_key(1).name);
    CHECK_FALSE(sm2->expires);

    const auto middle =
        read_authority_key(entry(rsa_objects(), Object{0xDF05, to_hex(as_bytes("20261115"))}), {});
    REQUIRE(middle.has_value());
    using namespace std::chrono;
    CHECK_FALSE(middle->expired(2026y / 11 / 15));
    CHECK(middle->expired(2026y / 11 / 16));
}

TEST_CASE("download: every object of a key is checked, and the fault names key and object") {
    const auto with = [](emv::Tag tag, std::string value) {
        return entry(rsa_objects(), Object{tag, std::move(value)});
    };
    const std::string modulus = rsa_objects()[5].value, sum = rsa_objects()[7].value;
    CHECK(key_fault(entry(rsa_objects())).empty());
    CHECK(key_fault(with(0xDF05, to_hex(as_bytes("20390231")))) == "bad_reply A000000333 80 DF05");
    CHECK(key_fault(with(0xDF05, to_hex(as_bytes("2039123x")))) == "bad_reply A000000333 80 DF05");
    CHECK(key_fault(with(0xDF05, "20391231")) == "bad_reply A000000333 80 DF05");
    CHECK(key_fault(with(0xDF06, "07")) == "bad_reply A000000333 80 DF06");
    CHECK(key_fault(with(0xDF07, "02")) == "bad_reply A000000333 80 DF07");
    CHECK(key_fault(with(0xDF02, modulus.substr(2))) == "bad_reply A000000333 80 DF02");
    CHECK(key_fault(with(0xDF02, modulus.substr(0, 126))) == "bad_reply A000000333 80 DF02");
    CHECK(key_fault(with(0xDF02, std::string(498, 'B'))) == "bad_reply A000000333 80 DF02");
    CHECK(key_fault(with(0xDF04, "05")) == "bad_reply A000000333 80 DF02");
    CHECK(key_fault(with(0xDF04, "00000003")) == "bad_reply A000000333 80 DF04");
    CHECK(key_fault(with(0xDF03, sum.substr(2))) == "bad_reply A000000333 80 DF03");
    CHECK(key_fault(with(0xDF03, std::string(40, '0'))) == "key_check A000000333 80 DF03");
    CHECK(key_fault(entry(without(rsa_objects(), 0xDF03))) == "key_check A000000333 80 DF03");
    CHECK(key_fault(entry(without(rsa_objects(), 0xDF02))) == "bad_reply A000000333 80 DF02");
    CHECK(key_fault(entry(without(rsa_objects(), 0x9F22))) == "bad_reply A000000333 9F22");
    CHECK(key_fault(with(0x9F06, "A00000033301")) == "bad_reply 9F06");
    CHECK(key_fault(with(0xDF08, "00")) == "bad_reply A000000333 80 DF08");
    Bytes twice = entry(rsa_objects());
    append(twice, object(0xDF06, "01"));
    CHECK(key_fault(twice) == "bad_reply A000000333 80 DF06");
    Bytes cut = entry(rsa_objects());
    cut.pop_back();
    CHECK(key_fault(cut) == "bad_reply ");

    CHECK(key_fault(entry(sm2_objects(), Object{0xDF04, "03"})) == "bad_reply A000000333 90 DF04");
    CHECK(key_fault(entry(sm2_objects(), Object{0xDF06, "01"})) == "bad_reply A000000333 90 DF06");
    CHECK(key_fault(entry(sm2_objects(), Object{0xDF02, std::string(128, '1')})) ==
          "bad_reply A000000333 90 DF02");
    CHECK(key_fault(entry(sm2_objects(), Object{0xDF02, std::string(130, '1')})) ==
          "bad_reply A000000333 90 DF02");
}

TEST_CASE("takes-unchecked-key takes a key whose check sum is wrong") {
    const Bytes wrong = entry(rsa_objects(), Object{0xDF03, std::string(40, '0')});
    CHECK(key_fault(wrong, "['takes-unchecked-key']").empty());
    CHECK(key_fault(wrong) == "key_check A000000333 80 DF03");
}

TEST_CASE(
    "download: an application is taken with all that it brings, and with the usual of what it does not") {
    const auto whole = read_application(entry(application_objects()), cny);
    REQUIRE(whole.has_value());
    CHECK(to_hex(whole->aid) == "A000000333010102");
    CHECK(whole->partial);
    CHECK(to_hex(whole->version) == "0031");
    CHECK(to_hex(whole->tac_default) == "0102030405");
    CHECK(to_hex(whole->tac_online) == "1112131415");
    CHECK(to_hex(whole->tac_denial) == "2122232425");
    CHECK(whole->floor_limit == Amount(10000, cny));
    CHECK(whole->threshold == Amount(1000, cny));
    CHECK(whole->max_target_percentage == 40);
    CHECK(whole->target_percentage == 20);
    CHECK(to_hex(whole->default_ddol) == "9F37049F0206");
    CHECK_FALSE(whole->online_pin);
    REQUIRE(whole->contactless.has_value());
    CHECK(whole->contactless->floor == Amount(100, cny));
    CHECK(whole->contactless->transaction == Amount(100000, cny));
    CHECK(whole->contactless->cvm == Amount(30000, cny));

    const auto bare = read_application(entry({{0x9F06, "A000000333"}, {0xDF01, "01"}}), cny);
    REQUIRE(bare.has_value());
    const auto of_profile = settings("application = [{ aid = 'A000000333', partial = false }]");
    const AcceptedApplication& usual = of_profile->applications.front();
    CHECK_FALSE(bare->partial);
    CHECK(bare->version == usual.version);
    CHECK(bare->tac_denial == usual.tac_denial);
    CHECK(bare->tac_online == usual.tac_online);
    CHECK(bare->tac_default == usual.tac_default);
    CHECK(bare->floor_limit == usual.floor_limit);
    CHECK(bare->default_ddol == usual.default_ddol);
    CHECK(bare->online_pin);
    CHECK_FALSE(bare->contactless);
}

TEST_CASE("download: every object of an application is checked, and the fault names it") {
    const auto with = [](emv::Tag tag, std::string value) {
        return application_fault(entry(application_objects(), Object{tag, std::move(value)}));
    };
    const std::string at = "A000000333010102 ";
    CHECK(with(0x9F06, "A0000003") == "9F06");
    CHECK(with(0xDF01, "02") == at + "DF01");
    CHECK(with(0x9F08, "31") == at + "9F08");
    CHECK(with(0xDF11, "01020304") == at + "DF11");
    CHECK(with(0xDF13, "010203040506") == at + "DF13");
    CHECK(with(0x9F1B, "0027100000") == at + "9F1B");
    CHECK(with(0xDF15, "00002711") == at + "DF15");  // above the floor limit
    CHECK(with(0xDF16, "19") == at + "DF16");        // below the target
    CHECK(with(0xDF17, "2A") == at + "DF17");
    CHECK(with(0xDF14, "9F37") == at + "DF14");
    CHECK(with(0xDF18, "02") == at + "DF18");
    CHECK(with(0x9F7B, "00000010000F") == at + "9F7B");
    CHECK(with(0xDF20, "0000001000") == at + "DF20");
    CHECK(application_fault(entry(without(application_objects(), 0xDF01))) == at + "DF01");
    CHECK(application_fault(entry(without(application_objects(), 0xDF20))) == at + "DF20");
    CHECK(application_fault(entry(without(application_objects(), 0xDF21))) == at + "DF21");
}

TEST_CASE("download: lists come whole or in parts, each part with something new") {
    const auto list = [](std::string_view octets, std::vector<Bytes> got = {}) -> std::string {
        const auto part = read_list(Download::authority_keys, hex(octets), got);
        if (!part) return std::string(part.error().reason);
        return fmt::format("{}{}", static_cast<char>(*part), got.size());
    };
    const std::vector<Bytes> one{hex("9F0605A0000003339F220180")};
    CHECK(list("30") == "00");
    CHECK(list("319F0605A0000003339F220180") == "11");
    CHECK(list("329F0605A0000003339F220180DF0508" + to_hex(as_bytes("20391231"))) == "21");
    CHECK(list("339F0605A0000003339F2201819F0605A0000003339F220182", one) == "33");
    CHECK(list("30", one) == "01");
    for (const char* wrong :
         {"", "31", "32", "34", "309F0605A0000003339F220180", "339F0605A0000003339F220180", "319F220180",
          "319F0605A000000333", "319F06", "31FF", "319F0605A0000003339F2201809F0605A0000003339F220180"})
        CHECK(list(wrong) == "bad_reply");
    CHECK(list("329F0605A0000003339F220180", one) == "bad_reply");  // nothing new
    CHECK(list("319F0605A0000003339F220181", one) == "bad_reply");  // no whole list behind a part
    std::vector<Bytes> full(most_listed);
    CHECK(list("329F0605A0000003339F220180", full) == "bad_reply");
}
