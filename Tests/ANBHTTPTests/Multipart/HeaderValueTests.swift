import Testing

@testable import ANBHTTP

@Suite struct HeaderValueTests {
    @Test(arguments: [
        (#"form-data; name="title""#, "title"), (" Form-Data ;\tNAME = title ", "title"), ("form-data;name=a;name=b", "a"),
        (#"form-data; name="a \"b\" c""#, #"a "b" c"#), (#"form-data; name="C:\clip.mp4""#, #"C:\clip.mp4"#),
        (#"form-data; name="a;b=c""#, "a;b=c"), (#"form-data; name="";"#, ""),
        ("form-data; name*=UTF-8''gol%20%C3%A9.mp4; name=plain", "gol é.mp4"),
        ("form-data; name=plain; name*=utf-8'es'a", "a"), ("form-data; name=plain; name*=latin1''%E9", "plain"),
        ("form-data; name=plain; name*=UTF-8''%zz", "plain"), ("form-data; name=plain; name*=UTF-8''%C3", "plain"),
    ]) func parametersAreRead(text: String, name: String) throws {
        let value = try #require(HeaderValue(text))
        #expect(value.value == "form-data")
        #expect(value["name"] == name)
    }

    @Test(arguments: [#"a; name="open"#, "a; name", "a; =b", #"a; name="b" c"#, "a; n; name=b"])
    func brokenOnesAreNone(text: String) {
        #expect(HeaderValue(text) == nil)
    }

    @Test func aValueAloneHasNoParameters() throws {
        let value = try #require(HeaderValue("Text/HTML"))
        #expect(value.value == "text/html")
        #expect(value["charset"] == nil)
    }
}
