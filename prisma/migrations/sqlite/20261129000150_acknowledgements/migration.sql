-- CreateTable
CREATE TABLE "Acknowledgement" (
    "causeId" TEXT NOT NULL PRIMARY KEY,
    "severity" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "byId" TEXT NOT NULL,
    "note" TEXT,
    "at" DATETIME NOT NULL,
    "goneAt" DATETIME
);
