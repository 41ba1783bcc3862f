import ANBCore
import ANBTesting
import Testing

@testable import ANBHTTP

@Suite struct TrustedProxiesTests {
    private func client(_ trusted: String, _ peer: String?, _ forwarded: String...) throws -> ClientAddress? {
        try TrustedProxies(trusted).client(peer: peer, forwarded: forwarded)
    }

    @Test func aStrangerIsTheClientWhateverTheHeaderSays() throws {
        #expect(try client("10.0.0.0/8", "203.0.113.7", "198.51.100.1") == ClientAddress("203.0.113.7"))
        #expect(TrustedProxies.none.client(peer: "10.0.0.1", forwarded: ["198.51.100.1"]) == ClientAddress("10.0.0.1"))
        #expect(TrustedProxies.none.client(peer: nil, forwarded: ["198.51.100.1"]) == nil)
    }

    @Test func behindATrustedProxyTheRightmostStrangerIsTheClient() throws {
        let client = ClientAddress("198.51.100.1")
        #expect(try self.client("10.0.0.0/8", "10.0.0.1", "198.51.100.1") == client)
        #expect(try self.client("10.0.0.0/8", "10.0.0.1", "198.51.100.1, 10.9.9.9") == client)
        #expect(try self.client("10.0.0.0/8", "10.0.0.1", "198.51.100.1", "10.9.9.9") == client)
        // What is further left was written by the client.
        #expect(try self.client("10.0.0.0/8", "10.0.0.1", "192.0.2.1, 198.51.100.1") == client)
        #expect(try self.client("10.0.0.0/8", "10.0.0.1", "not an address, 198.51.100.1") == client)
    }

    @Test(arguments: ["", "nonsense", "198.51.100.1, nonsense", "10.0.0.2", "198.51.100.1,", "1.2.3.4.5", "unknown"])
    func whatTellsNoClientTellsNone(_ forwarded: String) throws {
        let found = try client("10.0.0.0/8", "10.0.0.1", forwarded)
        #expect(found == (forwarded.hasSuffix(",") ? ClientAddress("198.51.100.1") : nil))
    }

    @Test func portsAndOtherFormsOfAddressesAreRead() throws {
        #expect(try client("10.0.0.1", "10.0.0.1", "198.51.100.1:4711") == ClientAddress("198.51.100.1"))
        #expect(try client("10.0.0.1", "10.0.0.1", "[2001:db8::1]:4711") == ClientAddress("2001:db8::1"))
        #expect(try client("10.0.0.1", "::ffff:10.0.0.1", "::ffff:198.51.100.1") == ClientAddress("198.51.100.1"))
        #expect(try client("fd00::/8", "fd12::1", "2001:db8::1") == ClientAddress("2001:db8::1"))
    }

    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("10.0.0.0/9", "10.127.0.1", true),
        ("10.0.0.0/9", "10.128.0.1", false), ("0.0.0.0/0", "2001:db8::1", false),
        ("192.0.2.7", "192.0.2.7", true), ("192.0.2.7/32", "192.0.2.6", false), ("192.0.2.6/31", "192.0.2.7", true),
    ])
    func rangesAreExact(_ range: String, _ peer: String, _ isTrusted: Bool) throws {
        #expect(try client(range, peer, "198.51.100.1") == ClientAddress(isTrusted ? "198.51.100.1" : peer))
    }

    @Test(arguments: [
        "nonsense", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "10.0.0", "fd00::/129", "a,10.0.0.1",
    ])
    func whatIsNoRangeIsNamed(_ text: String) async throws {
        let error = try await expectError(.misconfigured) { try TrustedProxies(text) }
        #expect(error.operatorMessage.contains("is not an address or a range"))
    }

    @Test func networksAreSharedByNeighbours() {
        #expect(ClientAddress("203.0.113.7")?.network == ClientAddress("203.0.113.200")?.network)
        #expect(ClientAddress("203.0.113.7")?.network != ClientAddress("203.0.114.7")?.network)
        #expect(ClientAddress("2001:db8:1:1::1")?.network == ClientAddress("2001:db8:1:ff::9")?.network)
        #expect(ClientAddress("2001:db8:1:100::1")?.network != ClientAddress("2001:db8:1:1::1")?.network)
        for loopback in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            #expect(ClientAddress(loopback)?.isLoopback == true)
        }
        #expect(ClientAddress("128.0.0.1")?.isLoopback == false)
    }
}
