package demo

// The words that names are made of. The stems are invented.
var (
	stemHeads = []string{"Alder", "Bran", "Cor", "Dun", "East", "Fen", "Glen", "Hart", "Ivar", "Jas", "Kel", "Lang", "Mar", "North",
		"Ost", "Pem", "Quill", "Ras", "Sel", "Thorn", "Ulm", "Ver", "Wes", "Yar", "Zel", "Bright", "Cold", "Deep", "Elm", "Fair"}
	stemTails = []string{"wick", "noch", "vell", "mere", "vale", "wright", "brook", "ley", "sson", "perton", "ford", "dale", "ham",
		"moor", "stead", "by", "combe", "hurst", "worth", "field"}

	trades = []trade{
		{"dental", []string{"Dental Group", "Dentistry", "Family Dental", "Orthodontics"}, "dental"},
		{"law", []string{"Law Associates", "Legal", "Attorneys", "Law Group"}, "law"},
		{"construction", []string{"Construction Company", "Builders", "Contracting", "Roofing"}, "build"},
		{"accounting", []string{"Accounting", "Tax and Audit", "Bookkeeping", "Advisors"}, "cpa"},
		{"logistics", []string{"Logistics", "Freight", "Transport", "Warehousing"}, "freight"},
		{"food", []string{"Restaurants", "Catering", "Bakery", "Foods International"}, "food"},
		{"manufacturing", []string{"Manufacturing", "Precision Parts", "Plastics", "Machine Works"}, "mfg"},
		{"charity", []string{"Foundation", "Community Center", "Food Bank", "Arts Council"}, "org"},
		{"veterinary", []string{"Veterinary Clinic", "Animal Hospital", "Pet Care"}, "vet"},
		{"property", []string{"Property Management", "Realty", "Homes", "Estates"}, "homes"},
		{"school", []string{"Academy", "Child Care Center", "Learning Center", "Montessori School"}, "school"},
		{"clinic", []string{"Family Medicine", "Physical Therapy", "Eye Care", "Pediatrics"}, "care"},
		{"retail", []string{"Outfitters", "Hardware", "Books and Paper", "Garden Center"}, "shop"},
		{"engineering", []string{"Engineering", "Surveying", "Environmental Services", "Architects"}, "eng"},
	}

	legalForms = []string{"", "", "LLC", "Inc.", "Inc.", "Ltd.", "PLLC", "Corp.", "LP"}
	// rewrites are other ways to write the same word.
	rewrites = [][2]string{{"Group", "Grp"}, {"Associates", "Assoc."}, {"Company", "Co."}, {"Manufacturing", "Mfg"}, {"International", "Intl"},
		{"Center", "Ctr"}, {"Services", "Svcs"}, {"Management", "Mgmt"}, {"and", "&"}, {"Community", "Comm."}, {"Engineering", "Engr"},
		{"LLC", "L.L.C."}, {"Inc.", "Incorporated"}, {"Ltd.", "Limited"}, {"Corp.", "Corporation"}}

	streets = []string{"Millrace", "Juniper", "Foundry", "Harbor", "Orchard", "Quarry", "Station", "Lantern", "Sycamore", "Ferry", "Granary",
		"Chapel", "Meadow", "Copper", "Larkspur", "Bellwether", "Tannery", "Willow"}
	streetKinds = []string{"Street", "Avenue", "Road", "Lane", "Boulevard", "Court"}
	// cities are invented; the regions are not.
	cities = []city{{"Lakemont", "Illinois", "US-IL", "602", "312"}, {"Eastvale Falls", "Wisconsin", "US-WI", "532", "414"}, {"Brannock", "Indiana", "US-IN", "462", "317"},
		{"Port Selwyn", "Michigan", "US-MI", "482", "313"}, {"Harrow Creek", "Ohio", "US-OH", "432", "614"}, {"New Aldham", "Iowa", "US-IA", "503", "515"},
		{"Cedar Ferry", "Minnesota", "US-MN", "554", "612"}, {"Marlow Heights", "Missouri", "US-MO", "631", "314"}}

	firstNames = []string{"Ada", "Ben", "Carmen", "Dev", "Elif", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Keiko", "Liam", "Maya", "Noor",
		"Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tessa", "Uma", "Viktor", "Wanda", "Ximena", "Yusuf", "Zoe"}
	lastNames = []string{"Abernole", "Bexwell", "Castorri", "Dremmond", "Ellingrow", "Fosdyke", "Garrowby", "Hollenquist", "Istvanow",
		"Jellicot", "Kestermann", "Lindqvale", "Marchetto", "Norwell", "Oakhampton", "Pellegrew", "Quarrington", "Rostami-Vale", "Sundermill",
		"Tavernier-Moss", "Underhay", "Vantongeren", "Whitlocke", "Yarborne", "Zielonka"}
	jobTitles = []string{"Office manager", "Owner", "Accountant", "Receptionist", "Operations lead", "Partner", "Technician", "Director",
		"Front desk", "Project manager", "Buyer", "HR coordinator"}

	brands = []brand{
		{"Northgate", []string{"OptiDesk 3000", "OptiDesk 5000", "LatiBook 14", "PowerRack R440"}},
		{"Halberd", []string{"EliteNote 850", "ProStation 400", "LaserJet M402", "Aruga 2930"}},
		{"Fortress", []string{"FG-60", "FG-100", "FAP-231"}},
		{"Uplink", []string{"Switch 24 PoE", "AP Pro", "Gateway Max"}},
		{"Synergy", []string{"DiskStation 923", "RackStation 1221"}},
		{"Volt", []string{"SmartUPS 1500", "BackUPS 900"}},
	}
	// devices are what a client has, with how often.
	devices = []device{
		{"Workstation", "WS", "Workstation 11 Pro", 34, []string{"Northgate", "Halberd"}},
		{"Laptop", "LT", "Workstation 11 Pro", 28, []string{"Northgate", "Halberd"}},
		{"Server", "SRV", "Server 2022", 10, []string{"Northgate"}},
		{"Firewall", "FW", "", 6, []string{"Fortress", "Uplink"}},
		{"Switch", "SW", "", 7, []string{"Uplink", "Halberd"}},
		{"Access point", "AP", "", 6, []string{"Uplink", "Fortress"}},
		{"Printer", "PR", "", 5, []string{"Halberd"}},
		{"NAS", "NAS", "DiskOS 7", 2, []string{"Synergy"}},
		{"UPS", "UPS", "", 2, []string{"Volt"}},
	}

	accounts = []string{"Domain administrator", "Firewall", "Wi-Fi", "Microsoft 365 tenant", "Backup console", "Domain registrar",
		"Switch management", "Printer", "Accounting package", "Door system", "Camera recorder", "VPN"}
	documents = []string{"Network overview", "New starter checklist", "Backup and restore", "After hours contacts", "Printer set-up",
		"Firewall change procedure", "Disaster recovery plan", "Remote access how-to", "Server room", "Vendor list"}
	subjects = []string{"Cannot print to the front desk printer", "New starter on Monday", "Outlook asks for the password again",
		"Wi-Fi drops in the meeting room", "Backup failed last night", "Laptop is slow", "Shared folder is read-only",
		"Phone has no dial tone", "Please add a shared mailbox", "Suspicious e-mail received", "VPN does not connect from home", "Screen flickers"}
	tasks = []string{"Create the account", "Add to the groups", "Order the laptop", "Install the agent", "Enrol the second factor",
		"Walk through with the user", "Update the documentation", "Bill the hours"}
	registrars   = []string{"Registrar One", "Harbor Names", "Domain Depot"}
	applications = []string{"Ledgerline", "PatientFlow", "CaseKeeper", "StockPilot", "BuildTrack", "MenuMaster"}
)

type trade struct {
	name  string
	nouns []string
	short string
}

type city struct{ name, region, code, zip, area string }

type brand struct {
	name   string
	models []string
}

type device struct {
	kind, prefix, system string
	share                int
	makers               []string
}
