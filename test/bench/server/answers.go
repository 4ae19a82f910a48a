package main

import (
	"strings"
	"time"
)

// When everything here was made.
var modified = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const modifiedText = "2026-01-02T03:04:05.000Z"

func words(xml string) answer {
	return xmlOrJson("application/xml", []byte(`<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
		strings.Replace(xml, ">", ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`, 1)))
}

func xmlOrJson(kind string, text []byte) answer {
	return answer{status: 200, headers: "Content-Type: " + kind + "\r\n", text: text}
}

func refuse(status int, code string) answer {
	reply := xmlOrJson("application/xml", []byte("<Error><Code>"+code+"</Code><Message>"+code+"</Message></Error>"))
	reply.status = status
	return reply
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

func tag(name, text string) string {
	return "<" + name + ">" + escaper.Replace(text) + "</" + name + ">"
}
