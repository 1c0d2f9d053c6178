package textkey

import "strings"

// IsFreeMail reports whether a domain, as DomainKey or EmailDomain returns it,
// gives mailboxes to everybody. Such a domain says nothing about the
// organization of the person who has it, and must not draw people into one.
func IsFreeMail(domain string) bool {
	switch domain {
	case "gmail.com", "googlemail.com",
		"outlook.com", "hotmail.com", "live.com", "msn.com", "passport.com", "windowslive.com",
		"yahoo.com", "ymail.com", "rocketmail.com", "aol.com", "aim.com", "netscape.net", "verizon.net", "att.net", "sbcglobal.net", "bellsouth.net",
		"icloud.com", "me.com", "mac.com", "privaterelay.appleid.com",
		"proton.me", "protonmail.com", "protonmail.ch", "pm.me", "tutanota.com", "tutanota.de", "tuta.com", "tuta.io", "tutamail.com", "keemail.me",
		"fastmail.com", "fastmail.fm", "hey.com", "hushmail.com", "startmail.com", "mailfence.com", "posteo.de", "posteo.net", "mailbox.org", "disroot.org", "riseup.net", "runbox.com",
		"zoho.com", "zohomail.com", "mail.com", "email.com", "usa.com", "gmx.com", "gmx.us", "inbox.com", "lycos.com", "excite.com", "juno.com", "netzero.net", "rediffmail.com",
		"comcast.net", "xfinity.com", "cox.net", "charter.net", "spectrum.net", "earthlink.net", "optonline.net", "roadrunner.com", "centurylink.net", "frontier.com", "windstream.net", "mindspring.com", "suddenlink.net", "prodigy.net",
		"shaw.ca", "rogers.com", "sympatico.ca", "bell.net", "telus.net", "videotron.ca",
		"gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de", "t-online.de", "freenet.de", "arcor.de", "1und1.de", "kabelmail.de", "vodafone.de", "magenta.de", "a1.net", "aon.at", "bluewin.ch", "hispeed.ch", "sunrise.ch",
		"orange.fr", "wanadoo.fr", "free.fr", "sfr.fr", "laposte.net", "neuf.fr", "bbox.fr", "numericable.fr",
		"libero.it", "virgilio.it", "tiscali.it", "alice.it", "tin.it", "tim.it", "fastwebnet.it", "telefonica.net", "terra.es", "sapo.pt", "telenet.be", "skynet.be", "proximus.be",
		"ziggo.nl", "kpnmail.nl", "planet.nl", "xs4all.nl", "home.nl", "hetnet.nl", "chello.nl", "casema.nl",
		"btinternet.com", "btopenworld.com", "virginmedia.com", "ntlworld.com", "blueyonder.co.uk", "talktalk.net", "sky.com", "plusnet.com", "tiscali.co.uk", "eircom.net",
		"telia.com", "online.no", "mail.dk", "luukku.com", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "op.pl", "seznam.cz", "centrum.cz", "email.cz", "azet.sk", "freemail.hu", "citromail.hu", "abv.bg", "mail.bg",
		"mail.ru", "inbox.ru", "list.ru", "bk.ru", "rambler.ru", "yandex.ru", "yandex.com", "ya.ru", "ukr.net", "i.ua",
		"qq.com", "163.com", "126.com", "yeah.net", "sina.com", "sina.cn", "sohu.com", "foxmail.com", "139.com", "aliyun.com", "naver.com", "daum.net", "hanmail.net", "nate.com", "docomo.ne.jp", "ezweb.ne.jp", "softbank.ne.jp",
		"bigpond.com", "bigpond.net.au", "optusnet.com.au", "iinet.net.au", "tpg.com.au", "xtra.co.nz", "slingshot.co.nz",
		"uol.com.br", "bol.com.br", "terra.com.br", "ig.com.br", "globo.com",
		"mailinator.com", "guerrillamail.com", "10minutemail.com", "yopmail.com", "temp-mail.org", "sharklasers.com", "trashmail.com", "duck.com":
		return true
	}
	// The three that open one domain for each country.
	name, rest, _ := strings.Cut(domain, ".")
	switch name {
	case "yahoo", "hotmail", "live", "outlook", "ymail":
		return isCountryEnd(rest)
	}
	return false
}

// isCountryEnd reports endings such as "de", "co.uk" and "com.br".
func isCountryEnd(s string) bool {
	if first, second, ok := strings.Cut(s, "."); ok {
		return (first == "co" || first == "com") && len(second) == 2
	}
	return len(s) == 2
}
