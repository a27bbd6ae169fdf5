-- CreateTable
CREATE TABLE "ConsoleSetting" (
    "workloadId" TEXT NOT NULL PRIMARY KEY,
    "hostId" TEXT NOT NULL,
    "machine" TEXT NOT NULL,
    "clipboardToPerson" BOOLEAN NOT NULL,
    "clipboardToMachine" BOOLEAN NOT NULL,
    CONSTRAINT "ConsoleSetting_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "ConsoleSetting_hostId_machine_key" ON "ConsoleSetting"("hostId", "machine");
